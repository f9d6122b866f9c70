package experience

import (
	"context"
	"errors"
	"fmt"
	"io"

	"connectrpc.com/connect"

	"trailblazer/api/env"
	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/envserver"
	"trailblazer/internal/wire"
)

// Pull implements trailblazerv1connect.DatasetServiceHandler. It makes the next
// batch when the last one is sent, and sends it when there is room on the way:
// whoever is slow holds two pools and one batch.
func (s *Service) Pull(ctx context.Context, request *trailblazerv1.PullRequest, stream *connect.ServerStream[trailblazerv1.PullResponse]) error {
	if steps := request.GetPoolSteps(); int64(steps) > int64(s.options.MaxPoolSteps) {
		return &env.FieldError{Field: "pool_steps", Value: fmt.Sprint(steps), Remedy: fmt.Sprintf("give at most %d", s.options.MaxPoolSteps)}
	}
	owner := envserver.Owner(ctx)
	if err := s.pulls.enter(owner); err != nil {
		return err
	}
	defer s.pulls.leave(owner)
	set, err := s.open(ctx, request)
	if err != nil {
		return coded(err)
	}
	defer set.Close()
	reader, err := sample.Open(set, queryOf(request), request.GetCursor())
	if err != nil {
		return coded(err)
	}
	defer reader.Close()
	if err := reader.LimitPools(s.options.MaxPoolBytes); err != nil {
		return err
	}
	reader.Limit(s.options.MaxBatchBytes)
	var message reply
	for {
		batch, err := reader.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return coded(err)
		}
		if err := stream.Send(message.fill(batch, reader.Cursor())); err != nil {
			return err
		}
	}
}

// open opens the data set. Whoever goes on has no use for what was added since.
func (s *Service) open(ctx context.Context, request *trailblazerv1.PullRequest) (*traj.Set, error) {
	visible := s.store.Of(envserver.Owner(ctx))
	if len(request.GetCursor()) > 0 {
		return visible.Look(request.GetDataset())
	}
	return visible.Read(request.GetDataset())
}

func queryOf(m *trailblazerv1.PullRequest) sample.Query {
	return sample.Query{
		Filter: filterOf(m.GetFilter()),
		Window: int(m.GetWindow()), Stride: int(m.GetStride()), BatchSize: int(m.GetBatchSize()), Fields: m.GetFields(),
		Shuffle: m.GetShuffle(), Seed: m.GetSeed(), PoolSteps: int(m.GetPoolSteps()), Epochs: int(m.GetEpochs()),
		DropLast: m.GetDropLast(), Worker: int(m.GetWorker()), Workers: int(m.GetWorkers()),
	}
}

// reply is the message of one batch after the other. It shares the batch's
// memory until it is encoded.
type reply struct {
	message trailblazerv1.PullResponse
	columns []trailblazerv1.Column
	tensors []trailblazerv1.Tensor
}

// fill makes the message that of a batch.
func (r *reply) fill(b *sample.Batch, cursor []byte) *trailblazerv1.PullResponse {
	if r.columns == nil {
		r.begin(b)
	}
	for i := range r.tensors {
		t, v := &r.tensors[i], &b.Frame.Values[i]
		t.Data, t.Shape[0] = v.Data, int64(b.Frame.Rows)
		if b.Frame.Fields[i].Leaf.Ragged {
			t.RowOffsets, t.Shape[0] = v.Offsets, v.Offsets[b.Frame.Rows]
		}
	}
	m := &r.message
	m.RowOffsets, m.Episodes, m.Starts = b.RowOffsets, b.Episodes, b.Starts
	m.Policies, m.Cursor, m.Epoch = b.Policies, cursor, b.Epoch
	return m
}

// begin makes what stays the same from one batch to the next.
func (r *reply) begin(b *sample.Batch) {
	n := len(b.Frame.Fields)
	r.columns, r.tensors = make([]trailblazerv1.Column, n), make([]trailblazerv1.Tensor, n)
	for i, field := range b.Frame.Fields {
		t := &r.tensors[i]
		t.Dtype, t.Shape = wire.FromDType(field.Leaf.DType), []int64{0}
		for _, d := range field.Leaf.Shape {
			t.Shape = append(t.Shape, int64(d))
		}
		r.columns[i].Name, r.columns[i].Tensor = field.Name, t
		r.message.Columns = append(r.message.Columns, &r.columns[i])
	}
}
