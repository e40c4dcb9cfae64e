# SPDX-License-Identifier: Apache-2.0
# The program that answers tests/imports/compare.mjs.
TEST_EXTRA += $(BUILD)/asan/script-imports

$(BUILD)/asan/script-imports: $(BUILD)/asan/tests/imports/imports.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
