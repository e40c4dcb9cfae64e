# SPDX-License-Identifier: Apache-2.0
# The program that answers tests/bodies/oracle.mjs.
TEST_EXTRA += $(BUILD)/asan/bodies

$(BUILD)/asan/bodies: $(BUILD)/asan/tests/bodies/runner.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
