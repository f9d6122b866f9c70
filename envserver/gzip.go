package envserver

import (
	"compress/gzip"
	"io"

	"connectrpc.com/connect"
)

// boundedGzip reads gzip'ed requests, but no more of one than the largest
// message, so that a small request can't keep a core busy unpacking gigabytes.
func boundedGzip(maxMessageBytes int) connect.HandlerOption {
	return connect.WithCompression("gzip",
		func() connect.Decompressor { return &boundedReader{max: int64(maxMessageBytes) + 1} },
		func() connect.Compressor { return gzip.NewWriter(io.Discard) },
	)
}

// boundedReader ends after max bytes. Connect refuses a message that reaches
// them.
type boundedReader struct {
	gzip.Reader
	max, left int64
}

// Read implements connect.Decompressor.
func (r *boundedReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > r.left {
		p = p[:r.left]
	}
	n, err := r.Reader.Read(p)
	r.left -= int64(n)
	return n, err
}

// Reset implements connect.Decompressor.
func (r *boundedReader) Reset(source io.Reader) error {
	r.left = r.max
	return r.Reader.Reset(source)
}
