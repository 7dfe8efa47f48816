/* CRC-32 with the polynomial of zlib, bits reversed (RFC 1952 section 8). */
#include "checksum.h"

#include <string.h>

#define AT_ONCE 8

/* The remainder each byte leaves; and the one it leaves when so many bytes of zero follow it, so that eight bytes are
 * divided at once and their remainders added. */
static uint32_t REMAINDERS[AT_ONCE][256];

static uint32_t by_table(uint32_t rest, const unsigned char *data, size_t length)
{
    for (; length >= AT_ONCE; data += AT_ONCE, length -= AT_ONCE) {
        uint32_t next = 0;
        for (int place = 0; place < AT_ONCE; place++) {
            uint32_t byte = place < 4 ? (rest >> 8 * place & 0xFF) ^ data[place] : data[place];
            next ^= REMAINDERS[AT_ONCE - 1 - place][byte];
        }
        rest = next;
    }
    for (; length > 0; data++, length--)
        rest = REMAINDERS[0][(rest ^ *data) & 0xFF] ^ rest >> 8;
    return rest;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define BLOCK 16
#define LANES 4

/* x^(n-32) and x^(n+32) modulo the polynomial, both reversed: what carries a block of 128 bits over n bits of message
 * (V. Gopal et al., Fast CRC Computation for Generic Polynomials Using PCLMULQDQ, Intel 2009). */
#define OVER_512 _mm_set_epi64x(0x1C6E41596, 0x154442BD4)
#define OVER_128 _mm_set_epi64x(0x0CCAA009E, 0x1751997D0)

static int multiplies; /* whether the processor multiplies without carries */

static inline __attribute__((target("pclmul,sse4.1"))) __m128i carried(__m128i block, __m128i over)
{
    return _mm_xor_si128(_mm_clmulepi64_si128(block, over, 0x00), _mm_clmulepi64_si128(block, over, 0x11));
}

static inline __m128i block_at(const unsigned char *data)
{
    return _mm_loadu_si128((const __m128i *)data);
}

/* Four blocks are carried side by side, for a product takes longer than the next one takes to begin. What is left in
 * the end is one block that leaves the same remainder as all that came before it. */
static __attribute__((target("pclmul,sse4.1"))) uint32_t by_products(
    uint32_t rest, const unsigned char *data, size_t length)
{
    __m128i lane[LANES];
    for (int each = 0; each < LANES; each++)
        lane[each] = block_at(data + each * BLOCK);
    lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)rest));
    for (data += LANES * BLOCK, length -= LANES * BLOCK; length >= LANES * BLOCK;
         data += LANES * BLOCK, length -= LANES * BLOCK)
        for (int each = 0; each < LANES; each++)
            lane[each] = _mm_xor_si128(carried(lane[each], OVER_512), block_at(data + each * BLOCK));
    __m128i all = lane[0];
    for (int each = 1; each < LANES; each++)
        all = _mm_xor_si128(carried(all, OVER_128), lane[each]);
    for (; length >= BLOCK; data += BLOCK, length -= BLOCK)
        all = _mm_xor_si128(carried(all, OVER_128), block_at(data));
    unsigned char left[BLOCK];
    _mm_storeu_si128((__m128i *)left, all);
    return by_table(by_table(0, left, BLOCK), data, length);
}
#endif

void wire_prepare_checksums(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++)
            rest = rest & 1 ? 0xEDB88320u ^ rest >> 1 : rest >> 1;
        REMAINDERS[0][byte] = rest;
    }
    for (int zeros = 1; zeros < AT_ONCE; zeros++)
        for (int byte = 0; byte < 256; byte++) {
            uint32_t before = REMAINDERS[zeros - 1][byte];
            REMAINDERS[zeros][byte] = REMAINDERS[0][before & 0xFF] ^ before >> 8;
        }
#if defined(__x86_64__) && defined(__GNUC__)
    multiplies = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
#endif
}

uint32_t wire_checksum(const unsigned char *data, size_t length)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (multiplies && length >= LANES * BLOCK)
        return ~by_products(0xFFFFFFFFu, data, length);
#endif
    return ~by_table(0xFFFFFFFFu, data, length);
}
