#include "textflag.h"

// func avx2Copy(dst *float32, dstStep int, src *float32, srcStep, steps, columns int)
TEXT ·avx2Copy(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         dstStep+8(FP), R8
	MOVQ         src+16(FP), SI
	MOVQ         srcStep+24(FP), R9
	MOVQ         steps+32(FP), CX
	VPBROADCASTD columns+40(FP), Y0
	VPCMPGTD     ·avx2Places+0(SB), Y0, Y2
	VPBROADCASTD ·avx2Places+32(SB), Y1
	VPSUBD       Y1, Y0, Y0
	VPCMPGTD     ·avx2Places+0(SB), Y0, Y3

	CMPQ         columns+40(FP), $8
	JLE          narrow

step:
	VMASKMOVPS (SI), Y2, Y0
	VMASKMOVPS 32(SI), Y3, Y1
	VMOVUPS    Y0, (DI)
	VMOVUPS    Y1, 32(DI)
	ADDQ       R9, SI
	ADDQ       R8, DI
	DECQ       CX
	JNE        step
	VZEROUPPER
	RET

narrow:
	VMASKMOVPS (SI), Y2, Y0
	VMOVUPS    Y0, (DI)
	ADDQ       R9, SI
	ADDQ       R8, DI
	DECQ       CX
	JNE        narrow
	VZEROUPPER
	RET

// ROW loads 8 steps of a column of op(B), those that Y15 keeps, and goes on to
// the next column, but stays at the last.
#define ROW(x) \
	VMASKMOVPS (SI), Y15, x; \
	DECQ       AX;           \
	CMOVQEQ    R12, BX;      \
	ADDQ       BX, SI

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

// STEPS writes steps i and i+4 from the places i of blocks a and b.
#define STEPS(a, b) \
	VPERM2F128 $0x20, b, a, Y8; \
	VPERM2F128 $0x31, b, a, Y9; \
	VMOVUPS    Y8, (DI);        \
	VMOVUPS    Y9, (R9);        \
	ADDQ       R8, DI;          \
	ADDQ       R8, R9

// func avx2Transpose(dst *float32, dstStep int, src *float32, srcColumn, steps, columns int)
//
// DX is where 8 steps begin in the first column; SI goes through the columns.
TEXT ·avx2Transpose(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         dstStep+8(FP), R8
	MOVQ         src+16(FP), DX
	MOVQ         steps+32(FP), CX
	VPBROADCASTD steps+32(FP), Y14
	VPBROADCASTD ·avx2Places+32(SB), Y13
	XORL         R12, R12

block:
	VPCMPGTD ·avx2Places+0(SB), Y14, Y15
	VPSUBD   Y13, Y14, Y14
	MOVQ     DX, SI
	MOVQ     srcColumn+24(FP), BX
	MOVQ     columns+40(FP), AX
	ROW(Y0)
	ROW(Y1)
	ROW(Y2)
	ROW(Y3)
	ROW(Y4)
	ROW(Y5)
	ROW(Y6)
	ROW(Y7)
	QUADS(Y0, Y1, Y2, Y3, Y8, Y9, Y10, Y11)
	QUADS(Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11)
	LEAQ     (DI)(R8*4), R9
	STEPS(Y0, Y4)
	STEPS(Y1, Y5)
	STEPS(Y2, Y6)
	STEPS(Y3, Y7)
	MOVQ     R9, DI
	ADDQ     $32, DX
	SUBQ     $8, CX
	JGT      block
	VZEROUPPER
	RET
