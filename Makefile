# SPDX-License-Identifier: Apache-2.0
# Everything is made into build/. `make help` lists the targets.

SHELL := /bin/bash
BUILD := build
CC    ?= gcc
HOSTCC ?= $(CC)
PREFIX ?= /usr
DESTDIR ?=

# `make V=1` shows every command.
Q := $(if $(V),,@)
SAY = $(if $(V),,@echo '  $(1) $@')

# What each tool needs, by Debian package; scripts/need names the missing ones and installs them for demo and test.
PACKAGES_BUILD := gcc make pkg-config dpkg-dev libjansson-dev libpcre2-dev libpsl-dev libidn2-dev libssl-dev \
                  zlib1g-dev libbrotli-dev libzstd-dev zopfli \
                  nginx-dev apache2-dev

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings \
            -Wvla -Wundef -Wformat=2 -Werror
HARDENING := $(shell dpkg-buildflags --get CPPFLAGS 2>/dev/null) $(shell dpkg-buildflags --get CFLAGS 2>/dev/null)
HARDENING_LD := $(shell dpkg-buildflags --get LDFLAGS 2>/dev/null) -Wl,-z,now
CORE_CFLAGS := -std=gnu11 -fPIC -fvisibility=hidden -Icommon $(WARNINGS)
CFLAGS_RELEASE = $(HARDENING) $(CORE_CFLAGS)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_ASAN = -g -O1 $(CORE_CFLAGS) $(SANITIZE)
LIBS := -ljansson -lpcre2-8 -lpsl -lidn2 -lcrypto -lz -lbrotlidec -lzstd

CORE_C := $(sort $(wildcard common/*/*.c))
CORE_S := $(sort $(wildcard common/*/*.S))
CORE_OBJ := $(CORE_C:%.c=$(BUILD)/obj/%.o) $(CORE_S:%.S=$(BUILD)/obj/%.o) $(BUILD)/obj/built_in.o
CORE_ASAN := $(CORE_C:%.c=$(BUILD)/asan/%.o) $(CORE_S:%.S=$(BUILD)/asan/%.o) $(BUILD)/asan/built_in.o
CLI_C := $(sort $(wildcard cli/*.c))
SERVICES := $(sort $(wildcard conf/catalogue/*.json))
ASSETS := $(BUILD)/bar.css $(BUILD)/page.css $(BUILD)/card.css $(BUILD)/guard.js $(BUILD)/bar.js $(BUILD)/vendor.js $(BUILD)/activate.js
TABLE_SCRIPTS := $(BUILD)/lists.js $(BUILD)/table.js
ASSETS_GZ := $(ASSETS:%=%.gz)

.PHONY: all help clean test lint demo bench fuzz screens install unit
.DELETE_ON_ERROR:
.SECONDARY:

all: need-build $(BUILD)/libcnil.a $(BUILD)/cnil $(BUILD)/html5lib-runner $(BUILD)/bench $(BUILD)/bench-load $(BUILD)/mod_cnil.so \
     $(BUILD)/ngx_http_cnil_module.so

# ---- the core ----

$(BUILD)/obj/%.o: %.c Makefile | need-build
	@mkdir -p $(@D)
	$(call SAY,CC)
	$(Q)$(CC) $(CFLAGS_RELEASE) -MMD -MP -c $< -o $@

$(BUILD)/asan/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call SAY,CC)
	$(Q)$(CC) $(CFLAGS_ASAN) -MMD -MP -c $< -o $@

# .incbin is not seen by -MD: the files are named here.
# Two rules: one pattern with two targets would mean that one run makes both.
define INCBIN
	@mkdir -p $(@D)
	$(call SAY,CC)
	$(Q)$(if $(findstring /host/,$@),$(HOSTCC),$(CC)) -I$(BUILD) -Wa,-I$(BUILD) -Wa,-Icommon/page -c $< -o $@
endef

INCLUDED := $(BUILD)/known_domains.s $(ASSETS) $(ASSETS_GZ) $(TABLE_SCRIPTS)

$(BUILD)/obj/%.o: %.S $(INCLUDED) Makefile
	$(INCBIN)

$(BUILD)/asan/%.o: %.S $(INCLUDED) Makefile
	$(INCBIN)

$(BUILD)/host/%.o: %.S $(INCLUDED) Makefile
	$(INCBIN)

# The catalogue goes into the binary compiled: joined into one JSON array, read by a program that shares the lower floors
# with the core, written as constants in C. That program runs here: where CC makes code for another machine, HOSTCC makes
# it, of objects of its own.
HOST := $(BUILD)/$(if $(subst x$(CC),,x$(HOSTCC)),host,obj)

$(BUILD)/host/%.o: %.c Makefile | need-build
	@mkdir -p $(@D)
	$(call SAY,HOSTCC)
	$(Q)$(HOSTCC) -O2 $(CORE_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/catalogue.json: $(SERVICES) scripts/join-catalogue conf/catalogue
	@mkdir -p $(@D)
	$(call SAY,JOIN)
	$(Q)scripts/join-catalogue $(SERVICES) > $@

COMPILER_PARTS := exempt host_table json_place known_domain known_domain_text literal_set name_table pattern reader \
                  service_reader target word
COMPILER_OBJ := $(patsubst %.c,$(HOST)/%.o,$(filter common/base/% common/web/%,$(CORE_C))) \
                $(COMPILER_PARTS:%=$(HOST)/common/policy/%.o) $(HOST)/scripts/compile-catalogue.o

$(BUILD)/compile-catalogue: $(COMPILER_OBJ)
	$(call SAY,CC)
	$(Q)$(HOSTCC) -pie $^ $(LIBS) -o $@

$(BUILD)/built_in.c: $(BUILD)/catalogue.json $(BUILD)/compile-catalogue
	$(call SAY,COMPILE)
	$(Q)$(BUILD)/compile-catalogue $< > $@

$(BUILD)/obj/%.o: $(BUILD)/%.c Makefile
	$(call SAY,CC)
	$(Q)$(CC) $(CFLAGS_RELEASE) -MMD -MP -c $< -o $@

$(BUILD)/asan/%.o: $(BUILD)/%.c Makefile
	$(call SAY,CC)
	$(Q)$(CC) $(CFLAGS_ASAN) -MMD -MP -c $< -o $@

# The known domains go into it as one table.
KNOWN_DOMAINS := conf/known-domains.tsv conf/cloaking.tsv

$(BUILD)/known_domains.s: $(KNOWN_DOMAINS) scripts/join-known-domains
	@mkdir -p $(@D)
	$(call SAY,JOIN)
	$(Q)scripts/join-known-domains $(KNOWN_DOMAINS) > $@

# Scripts as they are served, which scripts/minify-asset makes of their sources: without their own comment and line end,
# since the guard goes in front of scripts, too, whose lines must keep their numbers.
$(BUILD)/%.js: common/page/assets/%.min.js
	@mkdir -p $(@D)
	$(call SAY,COPY)
	$(Q)sed 1d $< | tr -d '\n' > $@

# Style sheets without comments and needless spaces. That of what stands in the site's pages insists.
$(BUILD)/bar.css: SHEET := important

$(BUILD)/%.css: common/page/assets/%.css scripts/shorten-sheet
	@mkdir -p $(@D)
	$(call SAY,SHORTEN)
	$(Q)scripts/shorten-sheet $(SHEET) < $< > $@

# As browsers get them that take gzip: as small as that can be, without a name or a time in them.
$(ASSETS_GZ): %.gz: %
	$(call SAY,ZOPFLI)
	$(Q)zopfli -c $< > $@

# Addresses of the assets, each with a hash of its content.
$(BUILD)/asset_names.h: $(ASSETS) $(ASSETS_GZ) $(TABLE_SCRIPTS) common/page/guard.c scripts/asset-names
	@mkdir -p $(@D)
	$(call SAY,NAMES)
	$(Q)scripts/asset-names $(ASSETS) $(ASSETS_GZ) $(TABLE_SCRIPTS) > $@
	$(Q)echo "#define TABLE_CODE 0x$$(cat common/page/guard.c $(BUILD)/guard.js $(TABLE_SCRIPTS) | sha256sum | cut -c1-16)" >> $@

$(BUILD)/obj/common/page/assets.o $(BUILD)/asan/common/page/assets.o: $(BUILD)/asset_names.h
$(BUILD)/obj/common/page/assets.o $(BUILD)/asan/common/page/assets.o: CORE_CFLAGS += -I$(BUILD)

$(BUILD)/libcnil.a: $(CORE_OBJ)
	$(call SAY,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/asan/libcnil.a: $(CORE_ASAN)
	$(call SAY,AR)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/cnil $(BUILD)/asan/cnil: LIBS += -lresolv # cnil scan --resolve asks name servers

$(BUILD)/cnil: $(CLI_C:%.c=$(BUILD)/obj/%.o) $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

$(BUILD)/asan/cnil: $(CLI_C:%.c=$(BUILD)/asan/%.o) $(BUILD)/asan/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(SANITIZE) $^ $(LIBS) -o $@

$(BUILD)/html5lib-runner: $(BUILD)/obj/tests/html5lib/runner.o $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

$(BUILD)/bench: $(BUILD)/obj/tests/bench/bench.o $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

$(BUILD)/bench-load: $(BUILD)/obj/tests/bench/load.o $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

$(BUILD)/bench-visits: $(BUILD)/obj/tests/bench/visits.o $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) $(HARDENING_LD) -pie $^ $(LIBS) -o $@

# ---- the connectors, each with its own rules ----

-include mod_cnil_apache/module.mk
-include ngx_cnil/module.mk

# ---- tests: every suite is tests/<suite>/run and ends with "N passed, N failed, N skipped" ----

UNIT_C := $(sort $(wildcard tests/unit/*/test_*.c))
UNIT := $(UNIT_C:tests/unit/%.c=$(BUILD)/asan/unit/%)

$(BUILD)/asan/unit/%: $(BUILD)/asan/tests/unit/%.o $(BUILD)/asan/tests/support/alloc.o $(BUILD)/asan/libcnil.a
	@mkdir -p $(@D)
	$(call SAY,CC)
	$(Q)$(CC) $(SANITIZE) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc $^ $(LIBS) -lcmocka -o $@

$(BUILD)/asan/unit/web/test_decoder: LIBS += -lbrotlienc

unit: $(UNIT)
	tests/unit/run $(BUILD)/asan/unit

-include tests/suites.mk
-include tests/fuzz/module.mk

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: need-build
need-build:
	@scripts/need $(PACKAGES_BUILD)

clean:
	rm -rf $(BUILD)
