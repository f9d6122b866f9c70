package gemm

// tile says how a kernel goes through its operands. A tile of C is a few rows
// and columns whose sums stay in registers. Distances are in bytes.
type tile struct {
	k           int // steps of the sums, at least 1
	aRow, aStep int // from one row of op(A), or step, to the next
	bStep       int // from one step of op(B) to the next
	bPanel      int // from one panel of op(B) to the next
	cRow        int // from one row of C to the next
	columns     int // columns that are there
	alpha, beta float32
}

// kernel computes C = alpha·op(A)·op(B) + beta·C for one tile. Each element is
// summed from the first step to the last with fused multiply-adds, starting at
// 0; C is not read where beta is 0.
type kernel struct {
	rows, columns int
	multiply      func(t *tile, a, b, c *float32)
}

// kernels are those of one instruction set.
type kernels struct {
	name string
	// panel is how many columns of op(B) lie together when packed.
	panel int
	// tiles are in descending order of rows, down to 1. The columns of each are
	// a multiple of panel.
	tiles []kernel
	// copy packs steps rows of width numbers, at most panel and filled up with
	// zeros to panel where they are more than half of it.
	copy func(dst *float32, dstStep int, src *float32, srcStep, steps, width int)
}
