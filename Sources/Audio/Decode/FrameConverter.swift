import CFFmpeg

/// Brings decoded frames to stereo Float32 at the output's rate. Owner of the resampler, which exists only where a file
/// is not like that already; without a change of rate it merely rearranges numbers and adds no delay.
///
/// The result waits in `samples` until it fits into the ring.
final class FrameConverter {
    private struct Input: Equatable {
        var rate: Int32
        var format: Int32
        var channels: Int32
        /// Of a native layout; 0 for others.
        var mask: UInt64

        init(_ frame: UnsafeMutablePointer<AVFrame>) {
            rate = frame.pointee.sample_rate
            format = frame.pointee.format
            channels = frame.pointee.ch_layout.nb_channels
            mask = frame.pointee.ch_layout.order == AV_CHANNEL_ORDER_NATIVE ? frame.pointee.ch_layout.u.mask : 0
        }
    }

    /// Input frames converted at once: bounds the memory whatever a codec calls a frame (FLAC: up to 65,535 samples).
    private static let slice = 2048
    private static let maximumChannels = 64

    let outputRate: Int
    /// How fast it plays; a change counts from the next `reset()` on.
    var speed = 1.0
    private var stretch: Stretch?
    /// What the resampler made for the stretch.
    private var unstretched: UnsafeMutablePointer<Float>?
    private var unstretchedCapacity = 0
    /// Rate of what is converted now; nil before the first frame.
    private(set) var inputRate: Int?
    private var resampler: OpaquePointer?
    private var input: Input?
    private var capacity = 8192
    private var storage: UnsafeMutablePointer<Float>
    private var start = 0
    /// Frames that wait.
    private(set) var count = 0
    private let planes: UnsafeMutablePointer<UnsafePointer<UInt8>?>

    init(outputRate: Int) {
        self.outputRate = outputRate
        storage = .allocate(capacity: capacity * FrameRing.channels)
        planes = .allocate(capacity: Self.maximumChannels)
    }

    deinit {
        swr_free(&resampler)
        storage.deallocate()
        unstretched?.deallocate()
        planes.deallocate()
    }

    /// The frames that wait.
    var samples: UnsafePointer<Float> { UnsafePointer(storage + start * FrameRing.channels) }

    /// The same, to be worked on.
    var waiting: UnsafeMutablePointer<Float> { storage + start * FrameRing.channels }

    /// Adds frames to what waits.
    func append(_ frames: UnsafePointer<Float>, count: Int) {
        reserve(count)
        (storage + (start + self.count) * FrameRing.channels).update(from: frames, count: count * FrameRing.channels)
        self.count += count
    }

    func consume(_ frames: Int) {
        start += frames
        count -= frames
        if count == 0 { start = 0 }
    }

    /// Keeps only the first `frames` of those that wait.
    func truncate(to frames: Int) {
        count = min(count, frames)
        stretch = nil
    }

    /// Adds silence to what waits.
    func pad(_ frames: Int) {
        reserve(frames)
        (storage + (start + count) * FrameRing.channels).update(repeating: 0, count: frames * FrameRing.channels)
        count += frames
    }

    /// Forgets what waits, and the resampler's memory.
    func reset() {
        swr_free(&resampler)
        input = nil
        inputRate = nil
        stretch = nil
        start = 0
        count = 0
    }

    /// Begins anew with the next frame; what waits stays.
    func forgetInput() {
        swr_free(&resampler)
        input = nil
        inputRate = nil
    }

    /// Whether `frame` goes through the converter as it is set up: then sound joins without a seam.
    func accepts(_ frame: UnsafeMutablePointer<AVFrame>) -> Bool {
        input == Input(frame)
    }

    var isResampling: Bool { inputRate != nil && inputRate != outputRate }

    /// Output frames that the resampler and the stretch still hold.
    var latency: Int {
        var held = 0
        if isResampling, let resampler { held = Int(swr_get_delay(resampler, Int64(outputRate))) }
        guard let stretch else { return held }
        return Int(Double(held) / stretch.speed) + stretch.latency
    }

    /// Converts up to a slice of samples `offset...` of the frame; returns how many it took.
    func convert(_ frame: UnsafeMutablePointer<AVFrame>, offset: Int, count: Int, path: String) throws(AudioError)
        -> Int
    {
        let taken = min(count, Self.slice)
        if !accepts(frame) {
            drain()
            try setUp(frame, path: path)
        }
        let format = AVSampleFormat(frame.pointee.format)
        let channels = Int(frame.pointee.ch_layout.nb_channels)
        let bytes = Int(av_get_bytes_per_sample(format))
        guard let data = frame.pointee.extended_data else { return taken }
        guard let resampler else {
            // Stereo Float32 at the right rate already.
            guard let source = data[0] else { return taken }
            let target = place(taken)
            UnsafeMutableRawPointer(target)
                .copyMemory(from: source + offset * bytes * channels, byteCount: taken * bytes * channels)
            put(taken)
            return taken
        }
        if av_sample_fmt_is_planar(format) != 0 {
            for channel in 0..<min(channels, Self.maximumChannels) {
                planes[channel] = data[channel].map { UnsafePointer($0 + offset * bytes) }
            }
        } else {
            planes[0] = data[0].map { UnsafePointer($0 + offset * bytes * channels) }
        }
        receive(from: resampler, input: planes, count: taken)
        return taken
    }

    /// Gets the tails of the resampler and the stretch out: nothing follows.
    func drain() {
        if isResampling, let resampler {
            receive(from: resampler, input: nil, count: 0)
            // What it is given after the end would begin anew.
            swr_free(&self.resampler)
            input = nil
        }
        if let stretch {
            stretch.flush()
            collect(stretch)
            self.stretch = nil
        }
    }

    private func receive(
        from resampler: OpaquePointer,
        input: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
        count: Int
    ) {
        let expected = max(0, Int(swr_get_out_samples(resampler, Int32(count))))
        let target = place(expected)
        let produced = target.withMemoryRebound(to: UInt8.self, capacity: expected * 8) { bytes in
            var output: UnsafeMutablePointer<UInt8>? = bytes
            return swr_convert(resampler, &output, Int32(expected), input, Int32(count))
        }
        put(max(0, Int(produced)))
    }

    /// Where `frames` of stereo are to be written; `put` must follow.
    private func place(_ frames: Int) -> UnsafeMutablePointer<Float> {
        if stretch == nil, speed != 1 { stretch = Stretch(rate: outputRate, speed: speed) }
        guard stretch != nil else {
            reserve(frames)
            return storage + (start + count) * FrameRing.channels
        }
        if let unstretched, unstretchedCapacity >= frames { return unstretched }
        unstretched?.deallocate()
        let grown = UnsafeMutablePointer<Float>.allocate(capacity: max(frames, 1) * FrameRing.channels)
        (unstretched, unstretchedCapacity) = (grown, frames)
        return grown
    }

    /// So many frames were written.
    private func put(_ frames: Int) {
        guard let stretch, let unstretched else {
            count += frames
            return
        }
        stretch.feed(unstretched, count: frames)
        collect(stretch)
    }

    private func collect(_ stretch: Stretch) {
        let available = stretch.available
        guard available > 0 else { return }
        reserve(available)
        count += stretch.read(into: storage + (start + count) * FrameRing.channels, count: available)
    }

    private func reserve(_ frames: Int) {
        guard start + count + frames > capacity else { return }
        let needed = count + frames
        let grown = needed > capacity ? max(needed, capacity * 2) : capacity
        let moved = UnsafeMutablePointer<Float>.allocate(capacity: grown * FrameRing.channels)
        moved.update(from: storage + start * FrameRing.channels, count: count * FrameRing.channels)
        storage.deallocate()
        storage = moved
        capacity = grown
        start = 0
    }

    // MARK: Set-up

    private func setUp(_ frame: UnsafeMutablePointer<AVFrame>, path: String) throws(AudioError) {
        swr_free(&resampler)
        let input = Input(frame)
        self.input = input
        inputRate = Int(input.rate)
        if input.format == AV_SAMPLE_FMT_FLT.rawValue, input.channels == 2, Int(input.rate) == outputRate { return }

        var layout = AVChannelLayout()
        if input.mask != 0 {
            av_channel_layout_from_mask(&layout, input.mask)
        } else {
            av_channel_layout_default(&layout, input.channels)
        }
        let isKnown = layout.order == AV_CHANNEL_ORDER_NATIVE
        var code = make(input, layout: &layout, mix: isKnown && input.channels > 1 ? nil : Self.mix(input.channels))
        // Layouts that the library cannot mix down by its rules are mixed by ours.
        if code < 0 { code = make(input, layout: &layout, mix: Self.mix(input.channels)) }
        av_channel_layout_uninit(&layout)
        guard code >= 0 else {
            swr_free(&resampler)
            self.input = nil
            throw AudioError(
                code: .unsupported,
                message:
                    "cannot play \(quoted(path)): \(input.channels) channels at \(input.rate) Hz cannot be converted (\(FFmpegLibrary.text(code)))"
            )
        }
    }

    private func make(_ input: Input, layout: inout AVChannelLayout, mix: [Double]?) -> Int32 {
        swr_free(&resampler)
        var stereo = AVChannelLayout()
        av_channel_layout_default(&stereo, 2)
        let code = swr_alloc_set_opts2(
            &resampler,
            &stereo,
            AV_SAMPLE_FMT_FLT,
            Int32(outputRate),
            &layout,
            AVSampleFormat(input.format),
            input.rate,
            0,
            nil
        )
        guard code >= 0, let resampler else { return code }
        // A mix-down of many channels at full scale must not clip: scale it so that it cannot.
        av_opt_set_double(UnsafeMutableRawPointer(resampler), "rematrix_maxval", 1, 0)
        if let mix { _ = mix.withUnsafeBufferPointer { swr_set_matrix(resampler, $0.baseAddress, input.channels) } }
        return swr_init(resampler)
    }

    /// Left and right from channels that nobody named: one goes to both at full level, of more the even ones go left and
    /// the odd ones right.
    private static func mix(_ channels: Int32) -> [Double] {
        let channels = Int(channels)
        if channels == 1 { return [1, 1] }
        let share = 1 / Double((channels + 1) / 2)
        return (0..<2).flatMap { side in (0..<channels).map { $0 % 2 == side ? share : 0 } }
    }
}
