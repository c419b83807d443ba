/// How one type of number is averaged and ordered.
protocol ReducedElement {
  /// As it is stored, in this machine's byte order.
  associatedtype Stored: FixedWidthInteger & BitwiseCopyable
  associatedtype Sum

  static var zero: Sum { get }
  /// - Returns: false for a NaN, which does not count.
  static func add(_ value: Stored, to sum: inout Sum) -> Bool
  /// - Parameter count: of those that were added.
  static func mean(_ sum: Sum, count: Int) -> Stored
  /// A number of the same order; equal for values that are equal.
  static func key(_ value: Stored) -> UInt64
  static func value(ofKey key: UInt64) -> Stored
}

/// Integers, added up in a wider type.
enum IntegerElement<
  Stored: FixedWidthInteger & BitwiseCopyable, Sum: FixedWidthInteger & SignedInteger
>: ReducedElement {
  static var zero: Sum { 0 }

  @inline(__always)
  static func add(_ value: Stored, to sum: inout Sum) -> Bool {
    sum &+= Sum(truncatingIfNeeded: value)
    return true
  }

  static func mean(_ sum: Sum, count: Int) -> Stored {
    Stored(truncatingIfNeeded: roundedHalfToEven(sum, Sum(count)))
  }

  static func key(_ value: Stored) -> UInt64 { IntegerOrder.key(value) }
  static func value(ofKey key: UInt64) -> Stored { IntegerOrder.value(ofKey: key) }
}

/// Of up to 32 bits: 2^28 of them, more than are ever averaged, add up within 64.
typealias NarrowInteger<Stored: FixedWidthInteger & BitwiseCopyable> = IntegerElement<Stored, Int64>
/// Of 64 bits.
typealias WideInteger<Stored: FixedWidthInteger & BitwiseCopyable> = IntegerElement<Stored, Int128>

/// numpy's bool: whatever is not 0 is true.
enum Boolean: ReducedElement {
  static var zero: Int64 { 0 }

  static func add(_ value: UInt8, to sum: inout Int64) -> Bool {
    sum += value == 0 ? 0 : 1
    return true
  }

  static func mean(_ sum: Int64, count: Int) -> UInt8 {
    UInt8(roundedHalfToEven(sum, Int64(count)))
  }

  static func key(_ value: UInt8) -> UInt64 { value == 0 ? 0 : 1 }
  static func value(ofKey key: UInt64) -> UInt8 { UInt8(key) }
}

enum HalfFloat: ReducedElement {
  static var zero: Double { 0 }

  static func add(_ value: UInt16, to sum: inout Double) -> Bool {
    let number = Float16(bitPattern: value)
    guard !number.isNaN else { return false }
    sum += Double(number)
    return true
  }

  static func mean(_ sum: Double, count: Int) -> UInt16 {
    count == 0 ? Float16.nan.bitPattern : Float16(sum / Double(count)).bitPattern
  }

  static func key(_ value: UInt16) -> UInt64 {
    let number = Float16(bitPattern: value)
    return FloatOrder.key(
      UInt64(number.isNaN ? Float16.nan.bitPattern : number == 0 ? 0 : value), bits: 16)
  }

  static func value(ofKey key: UInt64) -> UInt16 { UInt16(FloatOrder.bits(ofKey: key, bits: 16)) }
}

enum SingleFloat: ReducedElement {
  static var zero: Double { 0 }

  @inline(__always)
  static func add(_ value: UInt32, to sum: inout Double) -> Bool {
    let number = Float(bitPattern: value)
    guard !number.isNaN else { return false }
    sum += Double(number)
    return true
  }

  static func mean(_ sum: Double, count: Int) -> UInt32 {
    count == 0 ? Float.nan.bitPattern : Float(sum / Double(count)).bitPattern
  }

  static func key(_ value: UInt32) -> UInt64 {
    let number = Float(bitPattern: value)
    return FloatOrder.key(
      UInt64(number.isNaN ? Float.nan.bitPattern : number == 0 ? 0 : value), bits: 32)
  }

  static func value(ofKey key: UInt64) -> UInt32 { UInt32(FloatOrder.bits(ofKey: key, bits: 32)) }
}

enum DoubleFloat: ReducedElement {
  static var zero: Double { 0 }

  @inline(__always)
  static func add(_ value: UInt64, to sum: inout Double) -> Bool {
    let number = Double(bitPattern: value)
    guard !number.isNaN else { return false }
    sum += number
    return true
  }

  static func mean(_ sum: Double, count: Int) -> UInt64 {
    count == 0 ? Double.nan.bitPattern : (sum / Double(count)).bitPattern
  }

  static func key(_ value: UInt64) -> UInt64 {
    let number = Double(bitPattern: value)
    return FloatOrder.key(
      number.isNaN ? Double.nan.bitPattern : number == 0 ? 0 : value, bits: 64)
  }

  static func value(ofKey key: UInt64) -> UInt64 { FloatOrder.bits(ofKey: key, bits: 64) }
}

/// The exact quotient, rounded to the nearest integer, and from the middle to the even one.
func roundedHalfToEven<Number: FixedWidthInteger & SignedInteger>(
  _ sum: Number, _ count: Number
) -> Number {
  var (quotient, rest): (Number, Number)
  if count & (count - 1) == 0 {
    // A whole block: a division would cost more than all its additions.
    (quotient, rest) = (sum >> count.trailingZeroBitCount, sum & (count - 1))
  } else {
    (quotient, rest) = sum.quotientAndRemainder(dividingBy: count)
    if rest < 0 {
      quotient -= 1
      rest += count
    }
  }
  let twice = 2 * rest
  return twice > count || twice == count && quotient % 2 != 0 ? quotient + 1 : quotient
}

private enum IntegerOrder {
  static func key<Value: FixedWidthInteger>(_ value: Value) -> UInt64 {
    Value.isSigned
      ? UInt64(bitPattern: Int64(truncatingIfNeeded: value)) ^ (1 << 63)
      : UInt64(truncatingIfNeeded: value)
  }

  static func value<Value: FixedWidthInteger>(ofKey key: UInt64) -> Value {
    Value(truncatingIfNeeded: Value.isSigned ? key ^ (1 << 63) : key)
  }
}

/// IEEE 754 numbers are ordered as sign and magnitude.
private enum FloatOrder {
  static func key(_ value: UInt64, bits: Int) -> UInt64 {
    let sign = UInt64(1) << (bits - 1)
    return value & sign == 0 ? value | sign : ~value & (sign | (sign - 1))
  }

  static func bits(ofKey key: UInt64, bits: Int) -> UInt64 {
    let sign = UInt64(1) << (bits - 1)
    return key & sign != 0 ? key & ~sign : ~key & (sign | (sign - 1))
  }
}
