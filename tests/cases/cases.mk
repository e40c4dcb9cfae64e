# SPDX-License-Identifier: Apache-2.0
# The program that carries a case through the core.
TEST_EXTRA += $(BUILD)/asan/case-core

$(BUILD)/asan/case-core: $(BUILD)/asan/tests/cases/core.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@
