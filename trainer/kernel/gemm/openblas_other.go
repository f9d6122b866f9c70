//go:build !(darwin || linux) || !(amd64 || arm64) || noblas

package gemm

import "errors"

func libraries() []string { return []string{"libopenblas"} }

// loadOpenBLAS is for systems where libraries can be loaded.
func loadOpenBLAS(string) (Backend, error) {
	return nil, errors.New("this program was built for a system, or with a tag, without loading of libraries")
}
