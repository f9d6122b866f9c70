#include "textflag.h"

// Offsets into rows are bytes. A last block that is not whole begins earlier and
// computes some numbers again.

// func chooseAVX2(out, future, climb, quality, steps *float32, rooms, levels, stride int)
//
// AX is the block's offset, BX the level, CX the bytes of rooms, R11 those of the
// stride. R12 and R13 walk over levels. Y0 is what reaches a level.
TEXT ·chooseAVX2(SB), NOSPLIT, $0-64
	MOVQ out+0(FP), DI
	MOVQ future+8(FP), SI
	MOVQ climb+16(FP), DX
	MOVQ quality+24(FP), R8
	MOVQ steps+32(FP), R9
	MOVQ rooms+40(FP), CX
	MOVQ levels+48(FP), R10
	MOVQ stride+56(FP), R11
	SHLQ $2, CX
	SHLQ $2, R11
	XORQ AX, AX

block:
	LEAQ         (SI)(AX*1), R12
	LEAQ         (DX)(AX*1), R13
	VBROADCASTSS (R8), Y1
	VADDPS       (R12), Y1, Y0
	VMOVUPS      Y0, (R13)
	MOVQ         $1, BX

up:
	CMPQ         BX, R10
	JGE          top
	ADDQ         CX, R12
	ADDQ         CX, R13
	VBROADCASTSS (R8)(BX*4), Y1
	VADDPS       (R12), Y1, Y1
	VBROADCASTSS (R9)(BX*4), Y2
	VSUBPS       Y2, Y0, Y0
	VMAXPS       Y1, Y0, Y0
	VMOVUPS      Y0, (R13)
	INCQ         BX
	JMP          up

top:
	DECQ    BX
	MOVQ    BX, R12
	IMULQ   R11, R12
	ADDQ    DI, R12
	ADDQ    AX, R12
	VMOVUPS Y0, (R12)

down:
	TESTQ        BX, BX
	JZ           next
	SUBQ         CX, R13
	SUBQ         R11, R12
	VBROADCASTSS (R9)(BX*4), Y2
	VSUBPS       Y2, Y0, Y0
	VMAXPS       (R13), Y0, Y0
	VMOVUPS      Y0, (R12)
	DECQ         BX
	JMP          down

next:
	ADDQ $32, AX
	LEAQ 32(AX), BX
	CMPQ BX, CX
	JLE  block
	CMPQ AX, CX
	JGE  done
	LEAQ -32(CX), AX
	JMP  block

done:
	VZEROUPPER
	RET

// func moveAVX2(into, early, late *float32, n int, share, room float32)
TEXT ·moveAVX2(SB), NOSPLIT, $0-40
	MOVQ         into+0(FP), DI
	MOVQ         early+8(FP), SI
	MOVQ         late+16(FP), DX
	MOVQ         n+24(FP), CX
	VBROADCASTSS share+32(FP), Y6
	VBROADCASTSS room+36(FP), Y7
	SHLQ         $2, CX
	XORQ         AX, AX

block:
	VMOVUPS (SI)(AX*1), Y0
	VMOVUPS (DX)(AX*1), Y1
	VSUBPS  Y0, Y1, Y1
	VMULPS  Y6, Y1, Y1
	VADDPS  Y1, Y0, Y0
	VMOVUPS 4(SI)(AX*1), Y2
	VMOVUPS 4(DX)(AX*1), Y3
	VSUBPS  Y2, Y3, Y3
	VMULPS  Y6, Y3, Y3
	VADDPS  Y3, Y2, Y2
	VSUBPS  Y0, Y2, Y2
	VMULPS  Y7, Y2, Y2
	VADDPS  Y2, Y0, Y0
	VMOVUPS Y0, (DI)(AX*1)
	ADDQ    $32, AX
	LEAQ    32(AX), BX
	CMPQ    BX, CX
	JLE     block
	CMPQ    AX, CX
	JGE     done
	LEAQ    -32(CX), AX
	JMP     block

done:
	VZEROUPPER
	RET
