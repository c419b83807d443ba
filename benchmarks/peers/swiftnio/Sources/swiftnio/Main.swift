import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// SwiftNIO as a server of a camera's newest frames: swiftnio DIRECTORY NAME. Prints its port.
@main
enum Main {
  typealias Client = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

  static func main() async throws {
    let arguments = CommandLine.arguments
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture { try upgrading(channel) }
      }
    print(server.channel.localAddress!.port!)
    fflush(nil)
    try await withThrowingDiscardingTaskGroup { group in
      try await server.executeThenClose { clients in
        for try await client in clients {
          group.addTask {
            guard let client = try? await client.get() else { return }
            try? await send(to: client, Camera(directory: arguments[1], name: arguments[2]))
          }
        }
      }
    }
  }

  /// What makes a connection a WebSocket; nil for any other request.
  static func upgrading(_ channel: any Channel) throws -> EventLoopFuture<Client?> {
    let upgrader = NIOTypedWebSocketServerUpgrader<Client?>(
      shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
      upgradePipelineHandler: { channel, _ in
        channel.eventLoop.makeCompletedFuture { try Client(wrappingChannelSynchronously: channel) }
      })
    return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
      configuration: .init(
        upgradeConfiguration: .init(
          upgraders: [upgrader],
          notUpgradingCompletionHandler: { $0.close().map { nil } })))
  }

  /// One binary message a frame, the next once the socket took the last.
  static func send(to client: Client?, _ camera: Camera) async throws {
    try await client?.executeThenClose { _, outbound in
      let allocator = ByteBufferAllocator()
      while let frame = try await NIOThreadPool.singleton.runIfActive({ camera.next(allocator) }) {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .binary, data: frame))
      }
    }
  }
}
