/// A short queue in memory that is allocated once: what the steady loop may use instead of Array. When it is full the
/// oldest element goes.
struct FixedQueue<Element: BitwiseCopyable>: ~Copyable {
    private let elements: UnsafeMutablePointer<Element>
    private let capacity: Int
    private var head = 0
    private(set) var count = 0

    init(capacity: Int) {
        elements = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit {
        elements.deallocate()
    }

    subscript(index: Int) -> Element {
        get {
            precondition(index < count)
            return elements[(head + index) % capacity]
        }
        set {
            precondition(index < count)
            elements[(head + index) % capacity] = newValue
        }
    }

    var isEmpty: Bool { count == 0 }
    var first: Element? { count > 0 ? self[0] : nil }
    var last: Element? { count > 0 ? self[count - 1] : nil }

    mutating func append(_ element: Element) {
        if count == capacity { removeFirst() }
        (elements + (head + count) % capacity).initialize(to: element)
        count += 1
    }

    mutating func removeFirst() {
        head = (head + 1) % capacity
        count -= 1
    }

    mutating func truncate(to count: Int) {
        self.count = min(self.count, count)
    }
}
