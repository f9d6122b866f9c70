package pull

import (
	"testing"

	"google.golang.org/protobuf/proto"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testenv"
	"trailblazer/internal/testtraj"
)

// response is a small valid reply: two windows of one and two steps.
func response() *trailblazerv1.PullResponse {
	return &trailblazerv1.PullResponse{
		Columns: []*trailblazerv1.Column{
			{Name: "observation.seen", Tensor: &trailblazerv1.Tensor{Dtype: trailblazerv1.DataType_DATA_TYPE_FLOAT32, Shape: []int64{3, 2},
				Data: make([]byte, 24), RowOffsets: []int64{0, 1, 1, 3}}},
			{Name: "reward", Tensor: &trailblazerv1.Tensor{Dtype: trailblazerv1.DataType_DATA_TYPE_FLOAT64, Shape: []int64{3}, Data: make([]byte, 24)}},
		},
		RowOffsets: []int64{0, 1, 3}, Episodes: []int64{4, 5}, Starts: []int32{0, 7}, Policies: []string{"a", "b"}, Cursor: []byte("here"), Epoch: 2,
	}
}

func newReceiver(t testing.TB) *receiver {
	t.Helper()
	schema, err := traj.NewSchema(testtraj.Factory(t, testenv.Walk, 10).Spec(), traj.Labels{})
	if err != nil {
		t.Fatal(err)
	}
	fields, err := sample.Fields(schema, []string{"observation.seen", "reward"})
	if err != nil {
		t.Fatal(err)
	}
	return &receiver{batch: sample.NewBatch(schema, fields...)}
}

func TestMalformedReplies(t *testing.T) {
	r := newReceiver(t)
	for name, test := range map[string]struct {
		change func(*trailblazerv1.PullResponse)
		ok     bool
	}{
		"valid":           {func(*trailblazerv1.PullResponse) {}, true},
		"other epoch":     {func(m *trailblazerv1.PullResponse) { m.Epoch, m.Policies = 0, []string{"c"} }, true},
		"column missing":  {func(m *trailblazerv1.PullResponse) { m.Columns = m.Columns[:1] }, false},
		"column twice":    {func(m *trailblazerv1.PullResponse) { m.Columns = append(m.Columns, m.Columns[1]) }, false},
		"other order":     {func(m *trailblazerv1.PullResponse) { m.Columns[0], m.Columns[1] = m.Columns[1], m.Columns[0] }, false},
		"no windows":      {func(m *trailblazerv1.PullResponse) { m.RowOffsets = nil }, false},
		"falling offsets": {func(m *trailblazerv1.PullResponse) { m.RowOffsets[1] = 5 }, false},
		"first offset":    {func(m *trailblazerv1.PullResponse) { m.RowOffsets[0] = -1 }, false},
		"rows":            {func(m *trailblazerv1.PullResponse) { m.RowOffsets[2] = 4 }, false},
		"data":            {func(m *trailblazerv1.PullResponse) { m.Columns[1].Tensor.Data = make([]byte, 23) }, false},
		"inner offsets":   {func(m *trailblazerv1.PullResponse) { m.Columns[0].Tensor.RowOffsets[1] = 9 }, false},
		"tensor missing":  {func(m *trailblazerv1.PullResponse) { m.Columns[1].Tensor = nil }, false},
		"starts":          {func(m *trailblazerv1.PullResponse) { m.Starts = nil }, false},
	} {
		m := response()
		test.change(m)
		data, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.read(data); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
		if !test.ok {
			continue
		}
		b := r.batch
		if b.Len() != 2 || b.Frame.Rows != 3 || b.Starts[1] != 7 || b.Episodes[0] != 4 || string(r.cursor) != "here" || b.Epoch != m.GetEpoch() ||
			len(b.Policies) != len(m.GetPolicies()) || b.Policies[0] != m.GetPolicies()[0] || b.Frame.Values[0].Offsets[3] != 3 {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

// FuzzReply reads what is no reply: whatever is accepted is whole.
func FuzzReply(f *testing.F) {
	data, err := proto.Marshal(response())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newReceiver(t)
		if r.read(data) != nil {
			return
		}
		b := r.batch
		rows := int(b.RowOffsets[b.Len()])
		seen, reward := &b.Frame.Values[0], &b.Frame.Values[1]
		if b.Frame.Rows != rows || len(b.Starts) != b.Len() || len(reward.Data) != 8*rows || len(seen.Offsets) != rows+1 || len(seen.Data) != 8*int(seen.Offsets[rows]) {
			t.Errorf("%+v", b)
		}
	})
}
