# SPDX-License-Identifier: Apache-2.0
# The fuzz targets: with libFuzzer (clang) for `make fuzz`, with a plain main() for the suite that replays their findings.

FUZZ_SECONDS ?= 60
# clang also objects to NULL + 0, the end of an empty view, which C2y allows.
FUZZ_SANITIZE := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -fno-sanitize=pointer-overflow
FUZZ_CFLAGS = -g -O1 -fno-omit-frame-pointer $(CORE_CFLAGS) $(FUZZ_SANITIZE)
FUZZ_OBJ := $(CORE_C:%.c=$(BUILD)/fuzz/%.o)
PACKAGES_FUZZ := $(PACKAGES_BUILD) clang libclang-rt-dev

TEST_EXTRA += $(BUILD)/asan/replay $(BUILD)/asan/replay_bodies

$(BUILD)/asan/replay: $(BUILD)/asan/tests/fuzz/replay.o $(BUILD)/asan/tests/fuzz/fuzz_rewriter.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@

$(BUILD)/asan/replay_bodies: $(BUILD)/asan/tests/fuzz/replay.o $(BUILD)/asan/tests/fuzz/fuzz_bodies.o $(BUILD)/asan/libcnil.a
	$(CC) $(SANITIZE) $^ $(LIBS) -o $@

$(BUILD)/fuzz/common/page/assets.o: $(BUILD)/asset_names.h
$(BUILD)/fuzz/common/page/assets.o: CORE_CFLAGS += -I$(BUILD)

$(BUILD)/fuzz/%.o: %.c Makefile tests/fuzz/module.mk
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/fuzz/rewriter $(BUILD)/fuzz/bodies: $(BUILD)/fuzz/%: $(FUZZ_OBJ) $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(CORE_S:%.S=$(BUILD)/asan/%.o) \
    $(BUILD)/obj/built_in.o
	clang $(FUZZ_SANITIZE) $^ $(LIBS) -o $@

# New inputs stay in build/; what fails goes into findings/, to be fixed and kept.
fuzz:
	@scripts/need $(PACKAGES_FUZZ)
	$(MAKE) --no-print-directory $(BUILD)/fuzz/rewriter $(BUILD)/fuzz/bodies
	@mkdir -p $(BUILD)/fuzz/corpus $(BUILD)/fuzz/corpus_bodies
	$(BUILD)/fuzz/bodies -max_total_time=$(FUZZ_SECONDS) -max_len=2048 -timeout=10 -dict=tests/fuzz/html.dict \
	    -artifact_prefix=tests/fuzz/bodies/ -print_final_stats=1 $(BUILD)/fuzz/corpus_bodies tests/fuzz/bodies
	$(BUILD)/fuzz/rewriter -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 -dict=tests/fuzz/html.dict \
	    -artifact_prefix=tests/fuzz/findings/ -print_final_stats=1 $(BUILD)/fuzz/corpus tests/fuzz/corpus tests/fuzz/findings
