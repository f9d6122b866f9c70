package wire

import (
	"fmt"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
)

// view is the content of a tensor message, which it shares memory with.
type view struct {
	dtype   trailblazerv1.DataType
	shape   []int64
	data    []byte
	offsets []int64
}

func viewOf(t *trailblazerv1.Tensor) view {
	return view{dtype: t.GetDtype(), shape: t.GetShape(), data: t.GetData(), offsets: t.GetRowOffsets()}
}

// wrap checks that the tensor holds a.Leaf for n environments and lets a share
// its memory. The error's Field is relative to the tensor.
func (v *view) wrap(a *env.Array, n int) *env.FieldError {
	if err := v.check(a.Leaf, n); err != nil {
		return err
	}
	if a.Leaf.Ragged {
		v.wrapRows(a, n)
		return nil
	}
	a.Data, a.Rows = v.data, nil
	return nil
}

// check checks that the tensor holds a leaf for n environments.
func (v *view) check(leaf *env.Leaf, n int) *env.FieldError {
	if v.dtype != FromDType(leaf.DType) {
		return &env.FieldError{Field: "dtype", Value: v.dtype.String(), Remedy: "give " + FromDType(leaf.DType).String()}
	}
	if err := v.checkShape(leaf, n); err != nil {
		return err
	}
	rows := int(v.shape[0])
	if size := leaf.RowBytes(); len(v.data)%size != 0 || len(v.data)/size != rows {
		return &env.FieldError{
			Field:  "data",
			Value:  fmt.Sprintf("%d bytes", len(v.data)),
			Remedy: fmt.Sprintf("give %d for shape %v of %v", rows*size, v.shape, leaf.DType),
		}
	}
	if leaf.DType == env.Bool {
		if err := v.checkBools(); err != nil {
			return err
		}
	}
	if leaf.Ragged {
		return v.checkOffsets(n)
	}
	if len(v.offsets) != 0 {
		return &env.FieldError{Field: "row_offsets", Value: fmt.Sprintf("%d long", len(v.offsets)), Remedy: "leave it out: the leaf is not ragged"}
	}
	return nil
}

func (v *view) checkShape(leaf *env.Leaf, n int) *env.FieldError {
	ok := len(v.shape) == len(leaf.Shape)+1
	for i := 0; ok && i < len(leaf.Shape); i++ {
		ok = v.shape[i+1] == int64(leaf.Shape[i])
	}
	if leaf.Ragged {
		// The first axis counts rows; how many there may be, the data limits.
		ok = ok && v.shape[0] >= 0 && v.shape[0] <= int64(len(v.data))
	} else {
		ok = ok && v.shape[0] == int64(n)
	}
	if ok {
		return nil
	}
	want := fmt.Sprint(n)
	if leaf.Ragged {
		want = "rows"
	}
	for _, d := range leaf.Shape {
		want += fmt.Sprintf(" %d", d)
	}
	return &env.FieldError{Field: "shape", Value: fmt.Sprint(v.shape), Remedy: "give [" + want + "]"}
}

func (v *view) checkBools() *env.FieldError {
	for i, b := range v.data {
		if b > 1 {
			return &env.FieldError{Field: fmt.Sprintf("data[%d]", i), Value: fmt.Sprint(b), Remedy: "give 0 or 1"}
		}
	}
	return nil
}

// checkOffsets checks where the rows of a ragged tensor belong.
func (v *view) checkOffsets(n int) *env.FieldError {
	offsets := v.offsets
	if len(offsets) != n+1 {
		return &env.FieldError{Field: "row_offsets", Value: fmt.Sprintf("%d long", len(offsets)), Remedy: fmt.Sprintf("give %d, one more than there are environments", n+1)}
	}
	rows := v.shape[0]
	if offsets[0] != 0 {
		return &env.FieldError{Field: "row_offsets[0]", Value: fmt.Sprint(offsets[0]), Remedy: "give 0"}
	}
	if offsets[n] != rows {
		return &env.FieldError{Field: fmt.Sprintf("row_offsets[%d]", n), Value: fmt.Sprint(offsets[n]), Remedy: fmt.Sprintf("give %d, the number of rows", rows)}
	}
	for i := range n {
		if low, high := offsets[i], offsets[i+1]; high < low || high > rows {
			return &env.FieldError{Field: fmt.Sprintf("row_offsets[%d]", i+1), Value: fmt.Sprint(high), Remedy: fmt.Sprintf("give a number from %d to %d", low, rows)}
		}
	}
	return nil
}

// wrapRows lets a's rows share the data of a ragged tensor that was checked.
func (v *view) wrapRows(a *env.Array, n int) {
	if cap(a.Rows) < n {
		a.Rows = make([][]byte, n)
	}
	a.Rows, a.Data = a.Rows[:n], nil
	size := int64(a.Leaf.RowBytes())
	for i := range n {
		low, high := v.offsets[i]*size, v.offsets[i+1]*size
		a.Rows[i] = v.data[low:high:high]
	}
}

// vector returns the data of a tensor that holds one element for each of n
// environments.
func (v *view) vector(field string, d env.DType, n int) ([]byte, error) {
	a := env.Array{Leaf: &env.Leaf{DType: d}}
	if err := v.wrap(&a, n); err != nil {
		err.Field = field + "." + err.Field
		return nil, err
	}
	return a.Data, nil
}
