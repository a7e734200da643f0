using Marketplace.Simulator.Hosting;
using Marketplace.Simulator.Stripe;

namespace Marketplace.Simulator;

/// <summary>Simulated clusters as a program of their own.</summary>
/// <remarks>Not top-level statements: every such program documents a global <c>Program</c>, and the host that embeds this one has its own.</remarks>
internal static class Program
{
    private static Task<int> Main(string[] args) =>
        StripeProgram.Wanted(args) ? StripeProgram.RunAsync(args)
        : CommandLine.WantsPlay(args) ? SimulatorProgram.PlayAsync(args)
        : SimulatorProgram.ServeAsync(args);
}
