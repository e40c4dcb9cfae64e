# SPDX-License-Identifier: Apache-2.0
# The program that asks a compiled list alone, for tests/lists and tests/bench.
TEST_EXTRA += $(BUILD)/asan/list-engine $(BUILD)/list-engine

$(BUILD)/asan/list-engine: $(BUILD)/asan/tests/lists/engine.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@

$(BUILD)/list-engine: $(BUILD)/obj/tests/lists/engine.o $(BUILD)/libcnil.a
	$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@
