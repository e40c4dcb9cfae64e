# SPDX-License-Identifier: Apache-2.0
# Programs for tests/lists and tests/bench: one asks a compiled list alone, one a policy, for the guard as well.
TEST_EXTRA += $(BUILD)/asan/list-engine $(BUILD)/list-engine $(BUILD)/list-table

$(BUILD)/asan/list-engine: $(BUILD)/asan/tests/lists/engine.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@

$(BUILD)/list-engine: $(BUILD)/obj/tests/lists/engine.o $(BUILD)/libcnil.a
	$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

$(BUILD)/list-table: $(BUILD)/obj/tests/lists/table.o $(BUILD)/libcnil.a
	$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@
