import MediaNaming
import Testing

@testable import musicboxctl

@Suite struct NaturalOrderTests {
    @Test(arguments: [
        ["2 b", "10 a"], ["a", "B", "c"], ["Track 1", "track 2", "Track 10"], ["1", "1 b"], ["", "a"],
        ["a2", "a10b", "a10c"],
        ["file 99999999999999999999998", "file 99999999999999999999999", "file 100000000000000000000000"],
        ["1.2", "1.10", "1.10.1"], ["007 a", "8 a"], ["Äpfel 2", "äpfel 10"], ["第2話", "第10話"],
    ])
    func sorts(_ names: [String]) {
        #expect(names.reversed().sorted(by: NaturalOrder.areInOrder) == names)
        #expect(names.sorted(by: NaturalOrder.areInOrder) == names)
    }

    @Test("Names that only differ in case or zeros still have one order")
    func isTotal() {
        for (first, second) in [("a", "A"), ("01", "1"), ("x 001", "x 01")] {
            #expect(NaturalOrder.areInOrder(first, second) != NaturalOrder.areInOrder(second, first))
        }
        #expect(!NaturalOrder.areInOrder("a", "a"))
    }

    @Test func pathsCompareByComponent() {
        let paths = [["CD 2", "9"], ["CD 2", "10"], ["CD 10"], ["CD 10", "1"]]
        #expect(paths.reversed().sorted(by: NaturalOrder.areInOrder) == paths)
    }
}
