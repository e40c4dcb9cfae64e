# SPDX-License-Identifier: Apache-2.0
# The program that answers tests/differential/differential.mjs.
TEST_EXTRA += $(BUILD)/asan/engine

$(BUILD)/asan/engine: $(BUILD)/asan/tests/differential/engine.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
