// A run as one JSON object: what `--save` keeps, `--against` reads, and docs/bench-report.schema.json describes.

package import Benching
internal import Exchanges

/// Writes a run as JSON.
package struct BenchJSON {
  private let version: String

  package init(version: String) { self.version = version }

  package func render(_ result: BenchResult, _ judged: [JudgedThreshold] = [], to output: inout TextBuffer) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("gatespec")
    writer.string(version)
    writer.key("started")
    writer.number(Int(result.started))
    writer.key("interrupted")
    writer.boolean(result.wasInterrupted)
    writer.key("loop")
    writer.string(result.variants.first?.variant.load.rate == nil ? "closed" : "open")
    writer.key("request")
    writer.string(result.request)
    plan(result.plan, &writer)
    writer.key("targets")
    writer.beginArray()
    for target in result.targets {
      writer.beginObject(onNewLine: true)
      writer.key("name")
      writer.string(target.name)
      writer.key("contract")
      writer.string(target.contract)
      writer.key("status")
      writer.number(Int(target.status))
      writer.key("body_bytes")
      writer.number(target.bodyByteCount)
      writer.key("compared_by")
      writer.string(target.comparison.rawValue)
      writer.endObject()
    }
    writer.endArray()
    writer.key("variants")
    writer.beginArray()
    for variant in result.variants { self.variant(variant, &writer) }
    writer.endArray()
    writer.key("left_out")
    writer.beginArray()
    for leftOut in result.leftOut {
      writer.beginObject(onNewLine: true)
      writer.key("target")
      writer.string(leftOut.target)
      writer.key("mode")
      writer.string(leftOut.mode.rawValue)
      writer.key("reason")
      writer.string(leftOut.reason)
      writer.endObject()
    }
    writer.endArray()
    comparisons(result, judged, &writer)
    writer.endObject()
    writer.endLine()
    output.append(writer.output.text)
  }

  private func plan(_ plan: BenchPlan, _ writer: inout JSONWriter) {
    writer.key("plan")
    writer.beginObject()
    writer.key("rounds")
    writer.number(plan.rounds)
    writer.key("duration_ms")
    writer.milliseconds(plan.duration)
    writer.key("warm_up_ms")
    writer.milliseconds(plan.warmUp)
    writer.key("requests")
    if let limit = plan.requestLimit { writer.number(limit) } else { writer.null() }
    writer.key("timeout_ms")
    writer.milliseconds(plan.timeout)
    writer.endObject()
  }

  private func variant(_ result: VariantResult, _ writer: inout JSONWriter) {
    let (variant, total) = (result.variant, result.total)
    writer.beginObject(onNewLine: true)
    writer.key("target")
    writer.string(variant.target)
    writer.key("protocol")
    writer.string(variant.wireProtocol.rawValue)
    writer.key("mode")
    writer.string(variant.mode.rawValue)
    writer.key("users")
    writer.number(variant.load.places)
    writer.key("rate_wanted")
    writer.number(variant.load.rate)
    writer.key("rate")
    spread(result.spread(of: .rate), &writer)
    writer.key("answered")
    writer.number(total.answered)
    writer.key("failed")
    writer.number(total.failed)
    writer.key("failures")
    writer.beginArray()
    for (kind, count) in total.failures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      writer.beginObject()
      writer.key("kind")
      writer.string(kind.rawValue)
      writer.key("count")
      writer.number(count)
      writer.endObject()
    }
    writer.endArray()
    writer.key("skipped")
    writer.number(total.skipped)
    writer.key("resent")
    writer.number(total.resent)
    writer.key("reopened")
    writer.number(total.reopened)
    writer.key("times")
    times(total.times.figures, &writer)
    writer.key("phases")
    writer.beginObject()
    for phase in BenchPhase.allCases { self.phase(phase, total.times.figures(of: phase), &writer) }
    writer.endObject()
    usage(result, &writer)
    writer.key("marks")
    writer.beginArray()
    for mark in result.marks { writer.string(BenchWords.name(of: mark)) }
    writer.endArray()
    writer.key("rounds")
    writer.beginArray()
    for round in result.rounds { self.round(round, &writer) }
    writer.endArray()
    writer.key("distribution")
    writer.beginArray()
    for bar in total.times.distribution {
      writer.beginArray()
      writer.milliseconds(bar.upTo)
      writer.number(bar.count)
      writer.endArray()
    }
    writer.endArray()
    writer.endObject()
  }

  private func usage(_ result: VariantResult, _ writer: inout JSONWriter) {
    writer.key("under_way")
    writer.number(result.meanOpen)
    writer.key("under_way_implied")
    writer.number(result.impliedOpen)
    writer.key("latest_send_ms")
    if result.variant.load.rate == nil { writer.null() } else { writer.milliseconds(result.total.latestSend) }
    writer.key("own_cpu_us")
    writer.number(result.ownWork.map { $0 / 1000 })
    writer.key("target_cpu_us")
    writer.number(result.targetWork.map { $0 / 1000 })
    writer.key("target_memory_bytes")
    if let memory = result.total.targetMemory { writer.number(memory) } else { writer.null() }
    writer.key("ceiling")
    writer.number(result.ceiling)
    writer.key("ceiling_cpu_us")
    writer.number(result.ceilingWork.map { $0 / 1000 })
  }

  private func spread(_ spread: Spread?, _ writer: inout JSONWriter) {
    guard let spread else { return writer.null() }
    writer.beginObject()
    writer.key("least")
    writer.number(spread.least)
    writer.key("median")
    writer.number(spread.median)
    writer.key("most")
    writer.number(spread.most)
    writer.endObject()
  }

  private func times(_ figures: TimeFigures, _ writer: inout JSONWriter) {
    guard figures.count > 0 else { return writer.null() }
    writer.beginObject()
    members(figures, &writer)
    writer.endObject()
  }

  private func members(_ figures: TimeFigures, _ writer: inout JSONWriter) {
    writer.key("mean_ms")
    writer.milliseconds(Int64(figures.mean))
    writer.key("p50_ms")
    writer.milliseconds(figures.p50)
    writer.key("p90_ms")
    writer.milliseconds(figures.p90)
    writer.key("p99_ms")
    writer.milliseconds(figures.p99)
    writer.key("p99.9_ms")
    writer.milliseconds(figures.p999)
    writer.key("max_ms")
    writer.milliseconds(figures.max)
  }

  private func phase(_ phase: BenchPhase, _ figures: TimeFigures?, _ writer: inout JSONWriter) {
    switch phase {
    case .connect: writer.key("connect")
    case .send: writer.key("send")
    case .wait: writer.key("wait")
    case .fields: writer.key("fields")
    case .body: writer.key("body")
    case .tail: writer.key("tail")
    }
    times(figures ?? TimeFigures(), &writer)
  }

  private func round(_ round: RoundFigures, _ writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("rate")
    writer.number(round.rate)
    writer.key("failed")
    writer.number(round.failed)
    if round.times.count > 0 { members(round.times, &writer) }
    writer.endObject()
  }

  private func comparisons(_ result: BenchResult, _ judged: [JudgedThreshold], _ writer: inout JSONWriter) {
    writer.key("comparisons")
    writer.beginArray()
    for comparison in result.comparisons {
      writer.beginObject(onNewLine: true)
      writer.key("faster")
      writer.number(comparison.faster)
      writer.key("slower")
      writer.number(comparison.slower)
      writer.key("factor")
      writer.number(comparison.factor)
      writer.key("clear")
      writer.boolean(comparison.isClear)
      writer.endObject()
    }
    writer.endArray()
    writer.key("fail_if")
    writer.beginArray()
    for judgement in judged {
      writer.beginObject(onNewLine: true)
      writer.key("condition")
      writer.string(judgement.threshold.text)
      writer.key("variant")
      writer.number(judgement.variant)
      writer.key("judgement")
      switch judgement.judgement {
      case .holds: writer.word("holds")
      case .passed: writer.word("fails")
      case .withinSpread: writer.word("within-spread")
      case .unknown: writer.word("unknown")
      }
      writer.key("now")
      value(judgement.now, of: judgement.threshold.metric, &writer)
      writer.key("earlier")
      value(judgement.earlier, of: judgement.threshold.metric, &writer)
      writer.endObject()
    }
    writer.endArray()
  }

  /// A time in milliseconds; anything else as it is.
  private func value(_ spread: Spread?, of metric: BenchMetric, _ writer: inout JSONWriter) {
    writer.number(spread.map { metric.isTime ? $0.median / 1e6 : $0.median })
  }
}
