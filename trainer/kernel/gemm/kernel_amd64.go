package gemm

import "golang.org/x/sys/cpu"

// available lists the instruction sets of this machine, the fastest first.
func available() []*kernels {
	var sets []*kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasBMI2 {
		sets = append(sets, &kernels{
			name:  "AVX-512",
			panel: 32,
			lanes: 16,
			strips: []strip{
				{12, 32, avx512Tile12, avx512Narrow12, 16},
				{8, 32, avx512Tile8, avx512Narrow8, 16},
				{4, 32, avx512Tile4, nil, 0},
				{2, 64, avx512Tile2, nil, 0},
				{1, 64, avx512Tile1, nil, 0},
			},
			copy:      avx512Copy,
			transpose: avx512Transpose,
		})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		sets = append(sets, &kernels{
			name:  "AVX2",
			panel: 16,
			lanes: 8,
			strips: []strip{
				{6, 16, avx2Tile6, avx2Narrow6, 8},
				{4, 16, avx2Tile4, nil, 0},
				{2, 32, avx2Tile2, nil, 0},
				{1, 32, avx2Tile1, nil, 0},
			},
			copy:      avx2Copy,
			transpose: avx2Transpose,
		})
	}
	return append(sets, portable())
}

//go:noescape
func avx512Tile12(t *tile, a, b, c *float32)

//go:noescape
func avx512Narrow12(t *tile, a, b, c *float32)

//go:noescape
func avx512Tile8(t *tile, a, b, c *float32)

//go:noescape
func avx512Narrow8(t *tile, a, b, c *float32)

//go:noescape
func avx512Tile4(t *tile, a, b, c *float32)

//go:noescape
func avx512Tile2(t *tile, a, b, c *float32)

//go:noescape
func avx512Tile1(t *tile, a, b, c *float32)

//go:noescape
func avx512Copy(dst *float32, dstStep int, src *float32, srcStep, steps, columns int)

//go:noescape
func avx512Transpose(dst *float32, dstStep int, src *float32, srcColumn, steps, columns int)

//go:noescape
func avx2Tile6(t *tile, a, b, c *float32)

//go:noescape
func avx2Narrow6(t *tile, a, b, c *float32)

//go:noescape
func avx2Tile4(t *tile, a, b, c *float32)

//go:noescape
func avx2Tile2(t *tile, a, b, c *float32)

//go:noescape
func avx2Tile1(t *tile, a, b, c *float32)

//go:noescape
func avx2Copy(dst *float32, dstStep int, src *float32, srcStep, steps, columns int)

//go:noescape
func avx2Transpose(dst *float32, dstStep int, src *float32, srcColumn, steps, columns int)
