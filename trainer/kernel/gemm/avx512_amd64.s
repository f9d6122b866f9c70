#include "go_asm.h"
#include "textflag.h"

// Registers: DX the tile; SI, R8 and R9 rows 0, 4 and 8 of A; R10 and R11 one
// and three rows of A; R12 a step of A; DI B; R13 a step of B; CX the steps
// left. Z0 and Z1 (to Z3 where a tile is wide) are one step of B, Z4 and Z5 one
// element of A; sums are in Z8 to Z31. K1 to K4 keep the columns.

// LOAD takes the arguments.
#define LOAD \
	MOVQ t+0(FP), DX; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), DI; \
	MOVQ tile_k(DX), CX; \
	MOVQ tile_aRow(DX), R10; \
	LEAQ (R10)(R10*2), R11; \
	MOVQ tile_aStep(DX), R12; \
	MOVQ tile_bStep(DX), R13; \
	MOVQ tile_columns(DX), BX; \
	MOVQ $-1, AX; \
	BZHIQ BX, AX, AX; \
	KMOVW AX, K1; \
	SHRQ $16, AX; \
	KMOVW AX, K2

// MASKS makes the masks of columns from 32 on.
#define MASKS \
	SHRQ $16, AX; \
	KMOVW AX, K3; \
	SHRQ $16, AX; \
	KMOVW AX, K4

#define ZERO2(x, y) \
	VPXORD x, x, x; \
	VPXORD y, y, y

#define ZERO8(a, b, c, d, e, f, g, h) \
	ZERO2(a, b); \
	ZERO2(c, d); \
	ZERO2(e, f); \
	ZERO2(g, h)

// ADD2 adds an element of A times a step of B, two vectors wide.
#define ADD2(element, z, x, y) \
	VBROADCASTSS element, z; \
	VFMADD231PS Z0, z, x; \
	VFMADD231PS Z1, z, y

// ADD4 is ADD2, four vectors wide.
#define ADD4(element, v, w, x, y) \
	VBROADCASTSS element, Z4; \
	VFMADD231PS Z0, Z4, v; \
	VFMADD231PS Z1, Z4, w; \
	VFMADD231PS Z2, Z4, x; \
	VFMADD231PS Z3, Z4, y

// ROWS4 adds four rows.
#define ROWS4(p, a, b, c, d, e, f, g, h) \
	ADD2((p), Z4, a, b); \
	ADD2((p)(R10*1), Z5, c, d); \
	ADD2((p)(R10*2), Z4, e, f); \
	ADD2((p)(R11*1), Z5, g, h)

// NARROW4 adds four rows, one vector wide.
#define NARROW4(p, a, b, c, d) \
	VFMADD231PS.BCST (p), Z0, a; \
	VFMADD231PS.BCST (p)(R10*1), Z0, b; \
	VFMADD231PS.BCST (p)(R10*2), Z0, c; \
	VFMADD231PS.BCST (p)(R11*1), Z0, d

// STORE makes ready to write: R8 is C, R9 a row of C, Z0 and Z1 alpha and beta.
// It leaves whether beta is 0.
#define STORE \
	MOVQ c+24(FP), R8; \
	MOVQ tile_cRow(DX), R9; \
	VBROADCASTSS tile_alpha(DX), Z0; \
	VBROADCASTSS tile_beta(DX), Z1; \
	MOVL tile_beta(DX), AX; \
	ADDL AX, AX

// PUT writes alpha·x; BLEND writes alpha·x + beta·C.
#define PUT(x, k, place) \
	VMULPS Z0, x, x; \
	VMOVUPS x, k, place

#define BLEND(x, k, place) \
	VMOVUPS.Z place, k, Z2; \
	VMULPS Z1, Z2, Z2; \
	VFMADD231PS Z0, x, Z2; \
	VMOVUPS Z2, k, place

// PUT1, PUT2 and PUT4 write a row, one, two or four vectors wide; so do BLEND1,
// BLEND2 and BLEND4.
#define PUT1(x) \
	PUT(x, K1, (R8)); \
	ADDQ R9, R8

#define BLEND1(x) \
	BLEND(x, K1, (R8)); \
	ADDQ R9, R8

#define PUT2(x, y) \
	PUT(x, K1, (R8)); \
	PUT(y, K2, 64(R8)); \
	ADDQ R9, R8

#define BLEND2(x, y) \
	BLEND(x, K1, (R8)); \
	BLEND(y, K2, 64(R8)); \
	ADDQ R9, R8

#define PUT8(a, b, c, d, e, f, g, h) \
	PUT2(a, b); \
	PUT2(c, d); \
	PUT2(e, f); \
	PUT2(g, h)

#define BLEND8(a, b, c, d, e, f, g, h) \
	BLEND2(a, b); \
	BLEND2(c, d); \
	BLEND2(e, f); \
	BLEND2(g, h)

#define PUTNARROW4(a, b, c, d) \
	PUT1(a); \
	PUT1(b); \
	PUT1(c); \
	PUT1(d)

#define BLENDNARROW4(a, b, c, d) \
	BLEND1(a); \
	BLEND1(b); \
	BLEND1(c); \
	BLEND1(d)

#define PUT4(v, w, x, y) \
	PUT(v, K1, (R8)); \
	PUT(w, K2, 64(R8)); \
	PUT(x, K3, 128(R8)); \
	PUT(y, K4, 192(R8)); \
	ADDQ R9, R8

#define BLEND4(v, w, x, y) \
	BLEND(v, K1, (R8)); \
	BLEND(w, K2, 64(R8)); \
	BLEND(x, K3, 128(R8)); \
	BLEND(y, K4, 192(R8)); \
	ADDQ R9, R8

// func avx512Tile12(t *tile, a, b, c *float32)
TEXT ·avx512Tile12(SB), NOSPLIT, $0-32
	LOAD
	LEAQ (SI)(R10*4), R8
	LEAQ (R8)(R10*4), R9
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ZERO8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	ZERO8(Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
step:
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z 64(DI), K2, Z1
	ROWS4(SI, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ROWS4(R8, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	ROWS4(R9, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R12, R9
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	BLEND8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	BLEND8(Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
	VZEROUPPER
	RET
put:
	PUT8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	PUT8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	PUT8(Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31)
	VZEROUPPER
	RET

// func avx512Narrow12(t *tile, a, b, c *float32)
TEXT ·avx512Narrow12(SB), NOSPLIT, $0-32
	LOAD
	LEAQ (SI)(R10*4), R8
	LEAQ (R8)(R10*4), R9
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ZERO2(Z16, Z17)
	ZERO2(Z18, Z19)
step:
	VMOVUPS.Z (DI), K1, Z0
	NARROW4(SI, Z8, Z9, Z10, Z11)
	NARROW4(R8, Z12, Z13, Z14, Z15)
	NARROW4(R9, Z16, Z17, Z18, Z19)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R12, R9
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLENDNARROW4(Z8, Z9, Z10, Z11)
	BLENDNARROW4(Z12, Z13, Z14, Z15)
	BLENDNARROW4(Z16, Z17, Z18, Z19)
	VZEROUPPER
	RET
put:
	PUTNARROW4(Z8, Z9, Z10, Z11)
	PUTNARROW4(Z12, Z13, Z14, Z15)
	PUTNARROW4(Z16, Z17, Z18, Z19)
	VZEROUPPER
	RET

// func avx512Tile8(t *tile, a, b, c *float32)
TEXT ·avx512Tile8(SB), NOSPLIT, $0-32
	LOAD
	LEAQ (SI)(R10*4), R8
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ZERO8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
step:
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z 64(DI), K2, Z1
	ROWS4(SI, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ROWS4(R8, Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	BLEND8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	VZEROUPPER
	RET
put:
	PUT8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	PUT8(Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23)
	VZEROUPPER
	RET

// func avx512Narrow8(t *tile, a, b, c *float32)
TEXT ·avx512Narrow8(SB), NOSPLIT, $0-32
	LOAD
	LEAQ (SI)(R10*4), R8
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
step:
	VMOVUPS.Z (DI), K1, Z0
	NARROW4(SI, Z8, Z9, Z10, Z11)
	NARROW4(R8, Z12, Z13, Z14, Z15)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLENDNARROW4(Z8, Z9, Z10, Z11)
	BLENDNARROW4(Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET
put:
	PUTNARROW4(Z8, Z9, Z10, Z11)
	PUTNARROW4(Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET

// func avx512Tile4(t *tile, a, b, c *float32)
TEXT ·avx512Tile4(SB), NOSPLIT, $0-32
	LOAD
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
step:
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z 64(DI), K2, Z1
	ROWS4(SI, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	ADDQ R12, SI
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET
put:
	PUT8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET

// func avx512Tile2(t *tile, a, b, c *float32)
TEXT ·avx512Tile2(SB), NOSPLIT, $0-32
	LOAD
	MASKS
	MOVQ tile_bPanel(DX), R8
	ZERO8(Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15)
step:
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z 64(DI), K2, Z1
	VMOVUPS.Z (DI)(R8*1), K3, Z2
	VMOVUPS.Z 64(DI)(R8*1), K4, Z3
	ADD4((SI), Z8, Z9, Z10, Z11)
	ADD4((SI)(R10*1), Z12, Z13, Z14, Z15)
	ADDQ R12, SI
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND4(Z8, Z9, Z10, Z11)
	BLEND4(Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET
put:
	PUT4(Z8, Z9, Z10, Z11)
	PUT4(Z12, Z13, Z14, Z15)
	VZEROUPPER
	RET

// func avx512Tile1(t *tile, a, b, c *float32)
TEXT ·avx512Tile1(SB), NOSPLIT, $0-32
	LOAD
	MASKS
	MOVQ tile_bPanel(DX), R8
	ZERO2(Z8, Z9)
	ZERO2(Z10, Z11)
step:
	VMOVUPS.Z (DI), K1, Z0
	VMOVUPS.Z 64(DI), K2, Z1
	VMOVUPS.Z (DI)(R8*1), K3, Z2
	VMOVUPS.Z 64(DI)(R8*1), K4, Z3
	ADD4((SI), Z8, Z9, Z10, Z11)
	ADDQ R12, SI
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND4(Z8, Z9, Z10, Z11)
	VZEROUPPER
	RET
put:
	PUT4(Z8, Z9, Z10, Z11)
	VZEROUPPER
	RET

