# SPDX-License-Identifier: Apache-2.0
# Tests, checks and what is installed.

PACKAGES_TEST := $(PACKAGES_BUILD) libcmocka-dev clang libclang-rt-dev clang-format shellcheck valgrind python3 curl openssl \
                 apache2 apache2-utils nginx libnginx-mod-http-brotli-filter nodejs chromium firefox-esr ca-certificates

# Node packages: those of tests/package.json. npm comes with some Node.js and apart with Debian's.
need-test:
	@command -v npm >/dev/null || scripts/need --install npm
	@if command -v node >/dev/null; then scripts/need --install $(filter-out nodejs,$(PACKAGES_TEST)); \
	 else scripts/need --install $(PACKAGES_TEST); fi
	@if [ ! -e tests/node_modules/.package-lock.json ] || [ tests/package-lock.json -nt tests/node_modules/.package-lock.json ]; then \
	   echo "installing npm packages of tests/package.json"; (cd tests && npm ci --no-audit --no-fund --loglevel=error); fi

ASAN_ALL := $(UNIT) $(BUILD)/asan/cnil $(BUILD)/asan/mod_cnil.so $(BUILD)/asan/ngx_http_cnil_module.so

test: need-test
	$(MAKE) -j2 --no-print-directory all $(ASAN_ALL) $(TEST_EXTRA)
	tests/run

lint: all
	scripts/check-floors
	scripts/check-symbols
	scripts/check-clang $(CORE_CFLAGS) -I$(BUILD) -Wno-unused-command-line-argument -DFUZZING_BUILD_MODE
	clang-format --dry-run -Werror $$(find common cli mod_cnil_apache ngx_cnil scripts tests \( -name '*.c' -o -name '*.h' \) ! -path '*/node_modules/*')
	shellcheck -S warning $$(grep -lE "^#!/(bin/sh|usr/bin/env bash)" scripts/*) tests/run tests/*/run .ci/run

PACKAGES_DEMO := $(PACKAGES_BUILD) nginx apache2 python3 openssl

demo:
	@scripts/need --install $(PACKAGES_DEMO)
	$(MAKE) --no-print-directory all
	scripts/demo $(if $(ONCE),--once)

bench: all $(BUILD)/bench-visits
	tests/bench/run

screens:
	@scripts/need --install $(PACKAGES_TEST) pngquant
	$(MAKE) --no-print-directory $(BUILD)/asan/mod_cnil.so $(BUILD)/asan/ngx_http_cnil_module.so
	node tests/browser/screens.mjs --write

install: all
	install -D -m 0755 $(BUILD)/cnil $(DESTDIR)$(PREFIX)/bin/cnil
	install -D -m 0644 $(BUILD)/mod_cnil.so $(DESTDIR)$(PREFIX)/lib/apache2/modules/mod_cnil.so
	install -D -m 0644 conf/cnil.load $(DESTDIR)/etc/apache2/mods-available/cnil.load
	install -D -m 0644 $(BUILD)/ngx_http_cnil_module.so $(DESTDIR)$(PREFIX)/lib/nginx/modules/ngx_http_cnil_module.so
	install -D -m 0644 conf/90-mod-http-cnil.conf $(DESTDIR)/usr/share/nginx/modules-available/mod-http-cnil.conf
	install -D -m 0644 conf/policy.schema.json $(DESTDIR)$(PREFIX)/share/cnil/policy.schema.json
	install -D -m 0644 conf/example.json $(DESTDIR)$(PREFIX)/share/cnil/example.json
	install -D -m 0644 conf/systemd/cnil-proof-close.service $(DESTDIR)$(PREFIX)/lib/systemd/system/cnil-proof-close.service
	install -D -m 0644 conf/systemd/cnil-proof-close.timer $(DESTDIR)$(PREFIX)/lib/systemd/system/cnil-proof-close.timer

help:
	@echo 'make            build everything into build/'
	@echo 'make demo       a small shop behind nginx and Apache, until Ctrl-C (ONCE=1: one tour of it)'
	@echo 'make test       all tests; installs the Debian and npm packages that it lacks'
	@echo 'make lint       architecture, symbols, clang, format, shell'
	@echo 'make bench      speed, as ratios and instructions per byte'
	@echo 'make screens    pictures of what visitors see, into tests/browser/screens'
	@echo 'make fuzz       libFuzzer on the whole rewriter (FUZZ_SECONDS=60)'
	@echo 'make install    command, modules, schema and systemd units (DESTDIR, PREFIX)'
	@echo 'make clean      removes build/'

-include tests/cases/cases.mk
-include tests/html5lib/readings.mk
-include tests/differential/module.mk
-include tests/lists/module.mk
-include tests/rows/module.mk
-include tests/css/module.mk
-include tests/imports/module.mk
-include tests/bodies/module.mk
