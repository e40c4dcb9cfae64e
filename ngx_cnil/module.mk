# build/ngx_http_cnil_module.so and build/asan/ngx_http_cnil_module.so, through the configure that nginx-dev ships. It runs
# in its own folder and writes into build/nginx and build/asan/nginx.

NGX_SRC  := /usr/share/nginx/src
NGX_IN   := $(wildcard ngx_cnil/*.c ngx_cnil/*.h ngx_cnil/exports.map) $(wildcard common/*.h common/*/*.h)
NGX_LINK := $(HARDENING_LD) -fPIC

# $(1) folder of the build, $(2) compiler flags, $(3) linker flags, $(4) libcnil.a
define ngx_configure
	@mkdir -p $(1)
	@cd $(NGX_SRC) && . ./conf_flags && CNIL_LIBS="$(abspath $(4)) $(LIBS)" ./configure \
	    --with-cc="$(CC)" --with-cc-opt="$(2)" --with-ld-opt="$(3)" "$${NGX_CONF_FLAGS[@]}" \
	    --add-dynamic-module=$(CURDIR)/ngx_cnil --builddir=$(abspath $(1)) > $(abspath $(1))/configure.log \
	    || { tail -n 20 $(abspath $(1))/configure.log >&2; exit 1; }
endef

# Moved, so that nginx's Makefile links again when only the core has changed, and a server that runs keeps its file.
define ngx_build
	$(call SAY,CC)
	$(Q)+$(MAKE) --no-print-directory $(if $(V),,-s) -C $(NGX_SRC) -f $(abspath $(1))/Makefile modules
	@mv -f $(1)/ngx_http_cnil_module.so $@
endef

$(BUILD)/nginx/Makefile: ngx_cnil/config ngx_cnil/module.mk Makefile
	$(call ngx_configure,$(@D),$(HARDENING) -fPIC,$(NGX_LINK),$(BUILD)/libcnil.a)

$(BUILD)/asan/nginx/Makefile: ngx_cnil/config ngx_cnil/module.mk Makefile
	$(call ngx_configure,$(@D),-g -O1 -fPIC $(SANITIZE),-fPIC $(SANITIZE),$(BUILD)/asan/libcnil.a)

$(BUILD)/ngx_http_cnil_module.so: $(BUILD)/nginx/Makefile $(NGX_IN) $(BUILD)/libcnil.a
	$(call ngx_build,$(<D))

$(BUILD)/asan/ngx_http_cnil_module.so: $(BUILD)/asan/nginx/Makefile $(NGX_IN) $(BUILD)/asan/libcnil.a
	$(call ngx_build,$(<D))
