/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/shelf.h"

#include <stdlib.h>
#include <sys/stat.h>

struct book {
    struct book *next;
    struct stat file; /* as it was just before it was loaded */
    struct cnil_filter_list *list;
};

struct cnil_shelf {
    struct book *books;
};

struct cnil_shelf *cnil_shelf_new(void)
{
    return calloc(1, sizeof(struct cnil_shelf));
}

void cnil_shelf_free(struct cnil_shelf *shelf)
{
    struct book *book = shelf != NULL ? shelf->books : NULL;

    while (book != NULL) {
        struct book *next = book->next;

        cnil_filter_list_free(book->list);
        free(book);
        book = next;
    }
    free(shelf);
}

/* A mapping keeps its inode from being used again; the rest tells a file that was written to all the same. */
static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

struct cnil_filter_list *cnil_shelf_list(struct cnil_shelf *shelf, const char *path, struct cnil_errors *errors)
{
    struct cnil_filter_list *list;
    struct book *book;
    struct stat file;

    if (shelf == NULL || stat(path, &file) != 0)
        return cnil_filter_list_load(path, errors); /* which tells what is wrong with it */
    for (book = shelf->books; book != NULL; book = book->next)
        if (is_same_file(&book->file, &file))
            return cnil_filter_list_share(book->list);
    list = cnil_filter_list_load(path, errors);
    book = list != NULL ? malloc(sizeof(*book)) : NULL;
    if (book == NULL) {
        cnil_filter_list_free(list);
        return NULL;
    }
    *book = (struct book){ .next = shelf->books, .file = file, .list = list };
    shelf->books = book;
    return cnil_filter_list_share(list);
}
