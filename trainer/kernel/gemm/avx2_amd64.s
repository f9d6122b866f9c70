#include "go_asm.h"
#include "textflag.h"

// Registers: DX the tile; SI and R8 rows 0 and 3 of A; R10 a row of A; R12 a
// step of A; DI B; R13 a step of B; CX the steps left. Y0 and Y1 are B, Y2 and
// Y3 elements of A; sums are from Y4 on, masks of columns in Y12 to Y15.

// avx2Places are the places of lanes, and how many there are.
DATA ·avx2Places+0(SB)/4, $0
DATA ·avx2Places+4(SB)/4, $1
DATA ·avx2Places+8(SB)/4, $2
DATA ·avx2Places+12(SB)/4, $3
DATA ·avx2Places+16(SB)/4, $4
DATA ·avx2Places+20(SB)/4, $5
DATA ·avx2Places+24(SB)/4, $6
DATA ·avx2Places+28(SB)/4, $7
DATA ·avx2Places+32(SB)/4, $8
GLOBL ·avx2Places(SB), RODATA|NOPTR, $36

// LOAD takes the arguments.
#define LOAD \
	MOVQ t+0(FP), DX; \
	MOVQ a+8(FP), SI; \
	MOVQ b+16(FP), DI; \
	MOVQ tile_k(DX), CX; \
	MOVQ tile_aRow(DX), R10; \
	MOVQ tile_aStep(DX), R12; \
	MOVQ tile_bStep(DX), R13

// MASK keeps the first columns of eight, MASK2 and MASK4 those of 16 and 32.
// They use Y0 and Y1.
#define MASK(x) \
	VPBROADCASTD tile_columns(DX), Y0; \
	VPCMPGTD ·avx2Places+0(SB), Y0, x

#define MASK2(x, y) \
	MASK(x); \
	VPBROADCASTD ·avx2Places+32(SB), Y1; \
	VPSUBD Y1, Y0, Y0; \
	VPCMPGTD ·avx2Places+0(SB), Y0, y

#define MASK4(v, w, x, y) \
	MASK2(v, w); \
	VPSUBD Y1, Y0, Y0; \
	VPCMPGTD ·avx2Places+0(SB), Y0, x; \
	VPSUBD Y1, Y0, Y0; \
	VPCMPGTD ·avx2Places+0(SB), Y0, y

#define ZERO4(a, b, c, d) \
	VXORPS a, a, a; \
	VXORPS b, b, b; \
	VXORPS c, c, c; \
	VXORPS d, d, d

// ADD2 adds an element of A times a step of B, two vectors wide.
#define ADD2(element, z, x, y) \
	VBROADCASTSS element, z; \
	VFMADD231PS Y0, z, x; \
	VFMADD231PS Y1, z, y

// ADD1 is ADD2, one vector wide.
#define ADD1(element, z, x) \
	VBROADCASTSS element, z; \
	VFMADD231PS Y0, z, x

// STORE makes ready to write: R8 is C, R9 a row of C, Y0 and Y1 alpha and beta.
// It leaves whether beta is 0.
#define STORE \
	MOVQ c+24(FP), R8; \
	MOVQ tile_cRow(DX), R9; \
	VBROADCASTSS tile_alpha(DX), Y0; \
	VBROADCASTSS tile_beta(DX), Y1; \
	MOVL tile_beta(DX), AX; \
	ADDL AX, AX

// PUT writes alpha·x; BLEND writes alpha·x + beta·C. Those that end in ALL
// write all eight columns.
#define PUT(x, mask, place) \
	VMULPS Y0, x, x; \
	VMASKMOVPS x, mask, place

#define BLEND(x, mask, place) \
	VMASKMOVPS place, mask, Y2; \
	VMULPS Y1, Y2, Y2; \
	VFMADD231PS Y0, x, Y2; \
	VMASKMOVPS Y2, mask, place

#define PUTALL(x, y) \
	VMULPS Y0, x, x; \
	VMULPS Y0, y, y; \
	VMOVUPS x, (R8); \
	VMOVUPS y, 32(R8); \
	ADDQ R9, R8

#define BLENDALL(x, y) \
	VMULPS (R8), Y1, Y2; \
	VMULPS 32(R8), Y1, Y3; \
	VFMADD231PS Y0, x, Y2; \
	VFMADD231PS Y0, y, Y3; \
	VMOVUPS Y2, (R8); \
	VMOVUPS Y3, 32(R8); \
	ADDQ R9, R8

// func avx2Tile6(t *tile, a, b, c *float32)
TEXT ·avx2Tile6(SB), NOSPLIT, $0-32
	LOAD
	LEAQ (SI)(R10*2), R8
	ADDQ R10, R8
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)
	ZERO4(Y12, Y13, Y14, Y15)

step:
	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	ADD2((SI), Y2, Y4, Y5)
	ADD2((SI)(R10*1), Y3, Y6, Y7)
	ADD2((SI)(R10*2), Y2, Y8, Y9)
	ADD2((R8), Y3, Y10, Y11)
	ADD2((R8)(R10*1), Y2, Y12, Y13)
	ADD2((R8)(R10*2), Y3, Y14, Y15)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLENDALL(Y4, Y5)
	BLENDALL(Y6, Y7)
	BLENDALL(Y8, Y9)
	BLENDALL(Y10, Y11)
	BLENDALL(Y12, Y13)
	BLENDALL(Y14, Y15)
	VZEROUPPER
	RET

put:
	PUTALL(Y4, Y5)
	PUTALL(Y6, Y7)
	PUTALL(Y8, Y9)
	PUTALL(Y10, Y11)
	PUTALL(Y12, Y13)
	PUTALL(Y14, Y15)
	VZEROUPPER
	RET

#define PUT1(x) \
	PUT(x, Y15, (R8)); \
	ADDQ R9, R8

#define BLEND1(x) \
	BLEND(x, Y15, (R8)); \
	ADDQ R9, R8

// func avx2Narrow6(t *tile, a, b, c *float32)
TEXT ·avx2Narrow6(SB), NOSPLIT, $0-32
	LOAD
	MASK(Y15)
	LEAQ (SI)(R10*2), R8
	ADDQ R10, R8
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)

step:
	VMASKMOVPS (DI), Y15, Y0
	ADD1((SI), Y2, Y4)
	ADD1((SI)(R10*1), Y3, Y5)
	ADD1((SI)(R10*2), Y2, Y6)
	ADD1((R8), Y3, Y7)
	ADD1((R8)(R10*1), Y2, Y8)
	ADD1((R8)(R10*2), Y3, Y9)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND1(Y4)
	BLEND1(Y5)
	BLEND1(Y6)
	BLEND1(Y7)
	BLEND1(Y8)
	BLEND1(Y9)
	VZEROUPPER
	RET

put:
	PUT1(Y4)
	PUT1(Y5)
	PUT1(Y6)
	PUT1(Y7)
	PUT1(Y8)
	PUT1(Y9)
	VZEROUPPER
	RET

#define PUT2(x, y) \
	PUT(x, Y14, (R8)); \
	PUT(y, Y15, 32(R8)); \
	ADDQ R9, R8

#define BLEND2(x, y) \
	BLEND(x, Y14, (R8)); \
	BLEND(y, Y15, 32(R8)); \
	ADDQ R9, R8

// func avx2Tile4(t *tile, a, b, c *float32)
TEXT ·avx2Tile4(SB), NOSPLIT, $0-32
	LOAD
	MASK2(Y14, Y15)
	LEAQ (SI)(R10*2), R8
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)

step:
	VMASKMOVPS (DI), Y14, Y0
	VMASKMOVPS 32(DI), Y15, Y1
	ADD2((SI), Y2, Y4, Y5)
	ADD2((SI)(R10*1), Y3, Y6, Y7)
	ADD2((R8), Y2, Y8, Y9)
	ADD2((R8)(R10*1), Y3, Y10, Y11)
	ADDQ R12, SI
	ADDQ R12, R8
	ADDQ R13, DI
	DECQ CX
	JNE  step
	STORE
	JEQ  put
	BLEND2(Y4, Y5)
	BLEND2(Y6, Y7)
	BLEND2(Y8, Y9)
	BLEND2(Y10, Y11)
	VZEROUPPER
	RET

put:
	PUT2(Y4, Y5)
	PUT2(Y6, Y7)
	PUT2(Y8, Y9)
	PUT2(Y10, Y11)
	VZEROUPPER
	RET

#define PUT4(v, w, x, y) \
	PUT(v, Y12, (R8)); \
	PUT(w, Y13, 32(R8)); \
	PUT(x, Y14, 64(R8)); \
	PUT(y, Y15, 96(R8)); \
	ADDQ R9, R8

#define BLEND4(v, w, x, y) \
	BLEND(v, Y12, (R8)); \
	BLEND(w, Y13, 32(R8)); \
	BLEND(x, Y14, 64(R8)); \
	BLEND(y, Y15, 96(R8)); \
	ADDQ R9, R8

// func avx2Tile2(t *tile, a, b, c *float32)
TEXT ·avx2Tile2(SB), NOSPLIT, $0-32
	LOAD
	MASK4(Y12, Y13, Y14, Y15)
	MOVQ tile_bPanel(DX), R11
	ZERO4(Y4, Y5, Y6, Y7)
	ZERO4(Y8, Y9, Y10, Y11)

step:
	VBROADCASTSS (SI), Y2
	VBROADCASTSS (SI)(R10*1), Y3
	VMASKMOVPS   (DI), Y12, Y0
	VMASKMOVPS   32(DI), Y13, Y1
	VFMADD231PS  Y0, Y2, Y4
	VFMADD231PS  Y0, Y3, Y8
	VFMADD231PS  Y1, Y2, Y5
	VFMADD231PS  Y1, Y3, Y9
	VMASKMOVPS   (DI)(R11*1), Y14, Y0
	VMASKMOVPS   32(DI)(R11*1), Y15, Y1
	VFMADD231PS  Y0, Y2, Y6
	VFMADD231PS  Y0, Y3, Y10
	VFMADD231PS  Y1, Y2, Y7
	VFMADD231PS  Y1, Y3, Y11
	ADDQ         R12, SI
	ADDQ         R13, DI
	DECQ         CX
	JNE          step
	STORE
	JEQ          put
	BLEND4(Y4, Y5, Y6, Y7)
	BLEND4(Y8, Y9, Y10, Y11)
	VZEROUPPER
	RET

put:
	PUT4(Y4, Y5, Y6, Y7)
	PUT4(Y8, Y9, Y10, Y11)
	VZEROUPPER
	RET

// func avx2Tile1(t *tile, a, b, c *float32)
TEXT ·avx2Tile1(SB), NOSPLIT, $0-32
	LOAD
	MASK4(Y12, Y13, Y14, Y15)
	MOVQ tile_bPanel(DX), R11
	ZERO4(Y4, Y5, Y6, Y7)

step:
	VBROADCASTSS (SI), Y2
	VMASKMOVPS   (DI), Y12, Y0
	VMASKMOVPS   32(DI), Y13, Y1
	VFMADD231PS  Y0, Y2, Y4
	VFMADD231PS  Y1, Y2, Y5
	VMASKMOVPS   (DI)(R11*1), Y14, Y0
	VMASKMOVPS   32(DI)(R11*1), Y15, Y1
	VFMADD231PS  Y0, Y2, Y6
	VFMADD231PS  Y1, Y2, Y7
	ADDQ         R12, SI
	ADDQ         R13, DI
	DECQ         CX
	JNE          step
	STORE
	JEQ          put
	BLEND4(Y4, Y5, Y6, Y7)
	VZEROUPPER
	RET

put:
	PUT4(Y4, Y5, Y6, Y7)
	VZEROUPPER
	RET
