package envserver

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// binaryCodec is Connect's own codec for protobuf, except that it releases
// replies once they are encoded.
type binaryCodec struct{}

func (binaryCodec) Name() string { return "proto" }

func (c binaryCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (binaryCodec) MarshalAppend(dst []byte, message any) ([]byte, error) {
	m, release, err := messageOf(message)
	if err != nil {
		return nil, err
	}
	defer release()
	return proto.MarshalOptions{}.MarshalAppend(dst, m)
}

func (binaryCodec) Unmarshal(data []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no protobuf message", message)
	}
	return proto.Unmarshal(data, m)
}

// jsonCodec is Connect's own codec for JSON, except that it releases replies
// once they are encoded, and refuses fields that it doesn't know: who writes
// JSON by hand should hear of a misspelled one.
type jsonCodec struct{ name string }

func (c jsonCodec) Name() string { return c.name }

func (c jsonCodec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (jsonCodec) MarshalAppend(dst []byte, message any) ([]byte, error) {
	m, release, err := messageOf(message)
	if err != nil {
		return nil, err
	}
	defer release()
	return protojson.MarshalOptions{}.MarshalAppend(dst, m)
}

func (jsonCodec) Unmarshal(data []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no protobuf message", message)
	}
	if len(data) == 0 {
		return fmt.Errorf("an empty body is no JSON object: send {}")
	}
	return protojson.Unmarshal(data, m)
}

func messageOf(message any) (m proto.Message, release func(), err error) {
	switch m := message.(type) {
	case *reply:
		return m.message, m.release, nil
	case *streamReply:
		return m.message, m.reply.release, nil
	case proto.Message:
		return m, func() {}, nil
	}
	return nil, nil, fmt.Errorf("%T is no protobuf message", message)
}
