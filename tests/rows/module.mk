# SPDX-License-Identifier: Apache-2.0
# The program that tells tests/rows/rows.py the rows.
TEST_EXTRA += $(BUILD)/asan/rows

$(BUILD)/asan/rows: $(BUILD)/asan/tests/rows/rows.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
