import Testing

@testable import Bridge

@Suite struct PayloadShapeTests {
  private func of(_ shape: [Int], _ itemsize: Int, valid: Int) -> ([Int], Int) {
    PayloadShape.of(
      frame: shape, itemsize: itemsize, stride: shape.reduce(itemsize, *), validBytes: valid)
  }

  @Test func wholeFramesKeepTheirShape() {
    #expect(of([4, 6], 2, valid: 48) == ([4, 6], 48))
    #expect(of([], 8, valid: 8) == ([], 8))
  }

  @Test func fewerRows() {
    #expect(of([4, 6], 2, valid: 36) == ([3, 6], 36))
    #expect(of([4, 6, 2], 2, valid: 24) == ([1, 6, 2], 24))
    #expect(of([100], 4, valid: 12) == ([3], 12))
  }

  @Test func partsOfRowsAreFlat() {
    #expect(of([4, 6], 2, valid: 38) == ([19], 38))
    #expect(of([4, 6], 2, valid: 39) == ([19], 38))
    #expect(of([], 8, valid: 7) == ([0], 0))
  }
}
