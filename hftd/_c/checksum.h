#ifndef HFTD_CHECKSUM_H
#define HFTD_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* What zlib.crc32 of Python gives; once the tables are prepared. */
uint32_t wire_checksum(const unsigned char *data, size_t length);
void wire_prepare_checksums(void);

#endif
