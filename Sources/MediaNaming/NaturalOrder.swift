/// The order in which people number things: `2 b` before `10 a`, whatever the case and the leading zeros.
///
/// A total order: names that differ only in case or zeros still have one, so that an import is the same every time.
package enum NaturalOrder {
    package static func areInOrder(_ first: String, _ second: String) -> Bool {
        switch compare(first, second) {
        case ..<0: true
        case 0: first < second
        default: false
        }
    }

    /// Paths compare component by component: all of `CD 2` comes before anything of `CD 10`.
    package static func areInOrder(_ first: [String], _ second: [String]) -> Bool {
        for (left, right) in zip(first, second) where left != right {
            return areInOrder(left, right)
        }
        return first.count < second.count
    }

    /// Negative, zero or positive as `first` comes before, with or after `second`.
    private static func compare(_ first: String, _ second: String) -> Int {
        var left = Substring(first.lowercased())
        var right = Substring(second.lowercased())
        while let leftStart = left.first, let rightStart = right.first {
            if isDigit(leftStart), isDigit(rightStart) {
                let order = compareNumbers(takeNumber(&left), takeNumber(&right))
                if order != 0 { return order }
            } else if leftStart == rightStart {
                left.removeFirst()
                right.removeFirst()
            } else {
                return leftStart < rightStart ? -1 : 1
            }
        }
        return (left.isEmpty ? 0 : 1) - (right.isEmpty ? 0 : 1)
    }

    /// ASCII digits only: other scripts' digits have no place among file numbers, and `Int` would not read them.
    private static func isDigit(_ character: Character) -> Bool {
        ("0"..."9").contains(character) && character.utf8.count == 1
    }

    /// Takes a run of digits off the front and returns it without leading zeros: it may be too long for any integer.
    private static func takeNumber(_ text: inout Substring) -> Substring {
        let digits = text.prefix(while: isDigit)
        text = text[digits.endIndex...]
        return digits.drop { $0 == "0" }
    }

    private static func compareNumbers(_ left: Substring, _ right: Substring) -> Int {
        if left.count != right.count { return left.count - right.count }
        return left == right ? 0 : left < right ? -1 : 1
    }
}
