# SPDX-License-Identifier: Apache-2.0
# The program that answers tests/html5lib/readings.mjs.
TEST_EXTRA += $(BUILD)/asan/readings

$(BUILD)/asan/readings: $(BUILD)/asan/tests/html5lib/readings.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
