package sipparse

import (
	"fmt"
	"reflect"
	"strings"
)

// fold turns every white space of a header value into a continuation line.
func fold(value string) string {
	return strings.NewReplacer(" ", "\r\n ", "\t", "\r\n\t").Replace(value)
}

// flat renders a view with all white space and all offsets left out, to
// compare the views of differently wrapped messages.
func flat(view any) string {
	var b strings.Builder
	flatValue(&b, reflect.ValueOf(view))
	return b.String()
}

func flatValue(b *strings.Builder, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Struct && v.Type().PkgPath() != "net/netip":
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "Off" {
				fmt.Fprintf(b, "%s:", f.Name)
				flatValue(b, v.Field(i))
				b.WriteByte(' ')
			}
		}
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		b.WriteString("\"" + strings.Join(strings.FieldsFunc(string(v.Bytes()), func(r rune) bool {
			return strings.ContainsRune(" \t\r\n", r)
		}), "") + "\"")
	default:
		fmt.Fprint(b, v.Interface())
	}
}
