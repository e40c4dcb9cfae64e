# SPDX-License-Identifier: Apache-2.0
# The program that answers tests/css/compare.mjs.
TEST_EXTRA += $(BUILD)/asan/css-urls

$(BUILD)/asan/css-urls: $(BUILD)/asan/tests/css/urls.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
