// Package testsvg checks pictures in tests: that they are SVG ([Texts]), that
// all in them can be seen ([Inside], [Contrast]), and that they are those that
// were looked at ([Golden]).
package testsvg
