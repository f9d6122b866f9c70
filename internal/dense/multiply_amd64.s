#include "textflag.h"

// func multiply(dst, src, block []float32, start *[Lanes]float32, rows, in, out int)
//
// X0 to X3 sum the 16 outputs of a row. SSE is part of every amd64, and it has
// no fused multiply-add.
TEXT ·multiply(SB), NOSPLIT, $0-104
	MOVQ dst_base+0(FP), DI
	MOVQ src_base+24(FP), SI
	MOVQ block_base+48(FP), BX
	MOVQ start+72(FP), DX
	MOVQ rows+80(FP), R8
	MOVQ in+88(FP), R9
	MOVQ out+96(FP), R10
	SHLQ $2, R10
row:
	DECQ R8
	JLT  done
	MOVUPS 0(DX), X0
	MOVUPS 16(DX), X1
	MOVUPS 32(DX), X2
	MOVUPS 48(DX), X3
	MOVQ BX, R11
	MOVQ R9, CX
input:
	DECQ CX
	JLT  store
	MOVSS 0(SI), X4
	SHUFPS $0, X4, X4
	MOVUPS 0(R11), X5
	MOVUPS 16(R11), X6
	MOVUPS 32(R11), X7
	MOVUPS 48(R11), X8
	MULPS X4, X5
	MULPS X4, X6
	MULPS X4, X7
	MULPS X4, X8
	ADDPS X5, X0
	ADDPS X6, X1
	ADDPS X7, X2
	ADDPS X8, X3
	ADDQ $4, SI
	ADDQ $64, R11
	JMP  input
store:
	MOVUPS X0, 0(DI)
	MOVUPS X1, 16(DI)
	MOVUPS X2, 32(DI)
	MOVUPS X3, 48(DI)
	ADDQ R10, DI
	JMP  row
done:
	RET
