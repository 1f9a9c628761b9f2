#ifndef ferroSimd_h
#define ferroSimd_h

/** Marks a function whose loops are worth compiling twice: for every x86-64 processor and for those with AVX2. The
 * program picks one when it starts. Fused multiply-adds stay out, so that both give the same bits. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) &&               \
  !defined(__SANITIZE_THREAD__)
#define FERRO_SIMD __attribute__((target_clones("avx2", "default")))
#else
#define FERRO_SIMD
#endif

#endif
