package gemm

// tile says how a kernel goes through its operands. A tile of C is a few rows
// and columns whose sums stay in registers. Distances are in bytes.
type tile struct {
	k           int // steps of the sums, at least 1
	aRow, aStep int // from one row of op(A), or step, to the next
	bStep       int // from one step of op(B) to the next
	bPanel      int // from one panel of op(B) to the next
	cRow        int // from one row of C to the next
	columns     int
	alpha, beta float32
}

// kernel computes C = alpha·op(A)·op(B) + beta·C for the columns of one tile.
// Each element is summed from the first step to the last with fused
// multiply-adds, starting at 0, and the result is one more: alpha·sum + beta·C
// with beta·C rounded. C is not read where beta is 0.
type kernel func(t *tile, a, b, c *float32)

// strip is how some rows of C are computed.
type strip struct {
	rows int
	// columns is the width of multiply's tiles: one or more panels.
	columns  int
	multiply kernel
	// narrow, where it is set, computes what is left, narrowColumns wide: then
	// multiply takes whole tiles only.
	narrow        kernel
	narrowColumns int
}

// kernels are those of one instruction set.
type kernels struct {
	name string
	// panel is how many columns of op(B) lie together when packed, and lanes
	// how many of them are transposed at a time.
	panel, lanes int
	// strips are in descending order of rows, down to 1.
	strips []strip
	// copy packs columns, at most a panel, that lie side by side. It may fill up
	// all lanes.
	copy packer
	// transpose packs columns, at most as many as there are lanes, each of which
	// lies along its steps. It may fill up all lanes, and write lanes-1 steps
	// too many.
	transpose packer
}

// vectors says whether these are vector kernels, which plain Go has not.
func (k *kernels) vectors() bool { return k.name != "" }

// packer puts the elements of each step side by side. Distances are in bytes:
// srcNext is from one step to the next where columns lie side by side, and else
// from one column to the next.
type packer func(dst *float32, dstStep int, src *float32, srcNext, steps, columns int)
