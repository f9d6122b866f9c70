package client

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	trailblazerv1 "trailblazer/api/trailblazer/v1"
	"trailblazer/internal/wire"
)

// stepReply is a StepResponse that is read into a receiver.
type stepReply struct {
	receiver  *wire.Receiver
	nextIndex uint64
}

func (r *stepReply) unmarshal(data []byte) (err error) {
	if r.nextIndex, err = r.receiver.Step(data); err != nil {
		return malformed(err)
	}
	return nil
}

// streamReply is a StepStreamResponse: a step or a reset. One that is empty on
// the wire never sees the codec and is neither.
type streamReply struct {
	isStep bool
	step   stepReply
	reset  *trailblazerv1.ResetResponse
}

// The numbers of StepStreamResponse's fields.
const (
	streamStep  protowire.Number = 1
	streamReset protowire.Number = 2
)

func (r *streamReply) unmarshal(data []byte) error {
	f := wire.FieldsOf(data)
	for f.Next() {
		if f.Kind != protowire.BytesType {
			continue
		}
		switch f.Number {
		case streamStep:
			r.isStep = true
			return r.step.unmarshal(f.Bytes)
		case streamReset:
			r.reset = new(trailblazerv1.ResetResponse)
			return proto.Unmarshal(f.Bytes, r.reset)
		}
	}
	if err := f.Err(); err != nil {
		return err
	}
	return errOtherReply
}

// codec is Connect's own codec for protobuf, except that it reads replies to
// steps straight into their receiver.
type codec struct{}

func (codec) Name() string { return "proto" }

func (c codec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (codec) MarshalAppend(dst []byte, message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is no protobuf message", message)
	}
	return proto.MarshalOptions{}.MarshalAppend(dst, m)
}

func (codec) Unmarshal(data []byte, message any) error {
	switch m := message.(type) {
	case *stepReply:
		return m.unmarshal(data)
	case *streamReply:
		return m.unmarshal(data)
	case proto.Message:
		return proto.Unmarshal(data, m)
	}
	return fmt.Errorf("%T is no protobuf message", message)
}
