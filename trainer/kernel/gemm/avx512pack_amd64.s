#include "textflag.h"

// func avx512Copy(dst *float32, dstStep int, src *float32, srcStep, steps, columns int)
TEXT ·avx512Copy(SB), NOSPLIT, $0-48
	MOVQ  dst+0(FP), DI
	MOVQ  dstStep+8(FP), R8
	MOVQ  src+16(FP), SI
	MOVQ  srcStep+24(FP), R9
	MOVQ  steps+32(FP), CX
	MOVQ  columns+40(FP), BX
	MOVQ  $-1, AX
	BZHIQ BX, AX, AX
	KMOVW AX, K1
	SHRQ  $16, AX
	KMOVW AX, K2
	CMPQ  BX, $16
	JLE   narrow

step:
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS.Z 64(SI), K2, Z1
	VMOVUPS   Z0, (DI)
	VMOVUPS   Z1, 64(DI)
	ADDQ      R9, SI
	ADDQ      R8, DI
	DECQ      CX
	JNE       step
	VZEROUPPER
	RET

narrow:
	VMOVUPS.Z (SI), K1, Z0
	VMOVUPS   Z0, (DI)
	ADDQ      R9, SI
	ADDQ      R8, DI
	DECQ      CX
	JNE       narrow
	VZEROUPPER
	RET

// ROW loads 16 steps of a column of op(B) and goes on to the next, but stays at
// the last.
#define ROW(x) \
	VMOVUPS.Z (SI), K1, x; \
	DECQ      AX;          \
	CMOVQEQ   R15, BX;     \
	ADDQ      BX, SI

// QUADS transposes blocks of 4×4 numbers, 128 bits wide: rows a to d become
// columns. It spoils w to z.
#define QUADS(a, b, c, d, w, x, y, z) \
	VUNPCKLPS b, a, w; \
	VUNPCKHPS b, a, x; \
	VUNPCKLPS d, c, y; \
	VUNPCKHPS d, c, z; \
	VUNPCKLPD y, w, a; \
	VUNPCKHPD y, w, b; \
	VUNPCKLPD z, x, c; \
	VUNPCKHPD z, x, d

// STEPS writes steps i, i+4, i+8 and i+12 from the places i of blocks a to d. It
// spoils w to z.
#define STEPS(a, b, c, d, w, x, y, z) \
	VSHUFF32X4 $0x88, b, a, w; \
	VSHUFF32X4 $0xdd, b, a, x; \
	VSHUFF32X4 $0x88, d, c, y; \
	VSHUFF32X4 $0xdd, d, c, z; \
	VSHUFF32X4 $0x88, y, w, a; \
	VSHUFF32X4 $0x88, z, x, b; \
	VSHUFF32X4 $0xdd, y, w, c; \
	VSHUFF32X4 $0xdd, z, x, d; \
	VMOVUPS    a, (DI);        \
	VMOVUPS    b, (R9);        \
	VMOVUPS    c, (R10);       \
	VMOVUPS    d, (R11);       \
	ADDQ       R8, DI;         \
	ADDQ       R8, R9;         \
	ADDQ       R8, R10;        \
	ADDQ       R8, R11

// func avx512Transpose(dst *float32, dstStep int, src *float32, srcColumn, steps, columns int)
//
// DX is where 16 steps begin in the first column; SI goes through the columns.
TEXT ·avx512Transpose(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ dstStep+8(FP), R8
	MOVQ src+16(FP), DX
	MOVQ steps+32(FP), CX
	XORL R15, R15

block:
	MOVL    $16, BX
	CMPQ    CX, BX
	CMOVQLT CX, BX
	MOVQ    $-1, AX
	BZHIQ   BX, AX, AX
	KMOVW   AX, K1
	MOVQ    DX, SI
	MOVQ    srcColumn+24(FP), BX
	MOVQ    columns+40(FP), AX
	ROW(Z0)
	ROW(Z1)
	ROW(Z2)
	ROW(Z3)
	ROW(Z4)
	ROW(Z5)
	ROW(Z6)
	ROW(Z7)
	ROW(Z8)
	ROW(Z9)
	ROW(Z10)
	ROW(Z11)
	ROW(Z12)
	ROW(Z13)
	ROW(Z14)
	ROW(Z15)
	QUADS(Z0, Z1, Z2, Z3, Z16, Z17, Z18, Z19)
	QUADS(Z4, Z5, Z6, Z7, Z20, Z21, Z22, Z23)
	QUADS(Z8, Z9, Z10, Z11, Z24, Z25, Z26, Z27)
	QUADS(Z12, Z13, Z14, Z15, Z28, Z29, Z30, Z31)
	LEAQ (DI)(R8*4), R9
	LEAQ (R9)(R8*4), R10
	LEAQ (R10)(R8*4), R11
	STEPS(Z0, Z4, Z8, Z12, Z16, Z17, Z18, Z19)
	STEPS(Z1, Z5, Z9, Z13, Z20, Z21, Z22, Z23)
	STEPS(Z2, Z6, Z10, Z14, Z24, Z25, Z26, Z27)
	STEPS(Z3, Z7, Z11, Z15, Z28, Z29, Z30, Z31)
	MOVQ R11, DI
	ADDQ $64, DX
	SUBQ $16, CX
	JGT  block
	VZEROUPPER
	RET
