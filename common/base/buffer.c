/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cnil_buffer_init(struct cnil_buffer *buffer, size_t limit)
{
    *buffer = (struct cnil_buffer){ .limit = limit };
}

void cnil_buffer_free(struct cnil_buffer *buffer)
{
    free(buffer->ptr);
    cnil_buffer_init(buffer, buffer->limit);
}

void cnil_buffer_clear(struct cnil_buffer *buffer)
{
    buffer->len = 0;
    buffer->status = CNIL_OK;
}

/* Makes room for `more` bytes and the NUL that vsnprintf() writes; false leaves the reason in `status`. */
static bool reserve(struct cnil_buffer *buffer, size_t more)
{
    size_t size = buffer->size > 0 ? buffer->size : 256;
    char *grown;

    if (buffer->status != CNIL_OK)
        return false;
    if (more > buffer->limit - buffer->len) {
        buffer->status = CNIL_TOO_LARGE;
        return false;
    }
    if (buffer->size - buffer->len > more)
        return true;
    while (size - buffer->len <= more)
        size *= 2;
    if (size - 1 > buffer->limit)
        size = buffer->limit + 1;
    grown = realloc(buffer->ptr, size);
    if (grown == NULL) {
        buffer->status = CNIL_NO_MEMORY;
        return false;
    }
    buffer->ptr = grown;
    buffer->size = size;
    return true;
}

void cnil_buffer_append(struct cnil_buffer *buffer, struct cnil_str bytes)
{
    if (bytes.len == 0 || !reserve(buffer, bytes.len))
        return;
    memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
    buffer->len += bytes.len;
}

void cnil_buffer_append_byte(struct cnil_buffer *buffer, char byte)
{
    cnil_buffer_append(buffer, (struct cnil_str){ &byte, 1 });
}

void cnil_buffer_print(struct cnil_buffer *buffer, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !reserve(buffer, (size_t)len))
        return;
    va_start(args, format);
    vsnprintf(buffer->ptr + buffer->len, (size_t)len + 1, format, args);
    va_end(args);
    buffer->len += (size_t)len;
}

enum cnil_status cnil_buffer_status(const struct cnil_buffer *buffer)
{
    return buffer->status;
}

struct cnil_str cnil_buffer_str(const struct cnil_buffer *buffer)
{
    return (struct cnil_str){ buffer->ptr, buffer->len };
}
