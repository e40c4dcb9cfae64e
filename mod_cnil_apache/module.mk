# SPDX-License-Identifier: Apache-2.0
# The Apache module, against apache2-dev as it ships.

APXS ?= apxs
APACHE_C := $(sort $(wildcard mod_cnil_apache/*.c))
APACHE_CPPFLAGS = $(shell apr-1-config --cppflags) -isystem $(shell apr-1-config --includedir) \
                  -isystem $(shell apr-1-config --includedir | sed 's,apr-1,apr-util-1,') \
                  -isystem $(shell $(APXS) -q INCLUDEDIR)

$(BUILD)/obj/mod_cnil_apache/%.o: CORE_CFLAGS += $(APACHE_CPPFLAGS)
$(BUILD)/asan/mod_cnil_apache/%.o: CORE_CFLAGS += $(APACHE_CPPFLAGS)

# The core is linked in whole and hidden: only the module's own symbol is seen by httpd.
$(BUILD)/mod_cnil.so: $(APACHE_C:%.c=$(BUILD)/obj/%.o) $(BUILD)/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) -shared $(HARDENING_LD) $^ $(LIBS) -Wl,--exclude-libs,ALL -o $@

$(BUILD)/asan/mod_cnil.so: $(APACHE_C:%.c=$(BUILD)/asan/%.o) $(BUILD)/asan/libcnil.a
	$(call SAY,CC)
	$(Q)$(CC) -shared $(SANITIZE) $^ $(LIBS) -Wl,--exclude-libs,ALL -o $@
