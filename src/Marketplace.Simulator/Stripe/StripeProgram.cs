using System.Globalization;

namespace Marketplace.Simulator.Stripe;

/// <summary>The double as a program of its own: <c>--stripe [--port N] [--webhook URL] [--faults SEED:RATE]</c>.</summary>
internal static class StripeProgram
{
    private const int BadArguments = 2;

    private const string Usage = """
        usage: Marketplace.Simulator --stripe [--port N] [--webhook URL] [--faults SEED:RATE]
          --port    the port (0: a free one)
          --webhook where signed events go, for example http://127.0.0.1:5080/webhooks/stripe
          --faults  each call goes wrong with this probability, for example 7:0.1
        """;

    private sealed record Arguments(int Port, Uri? Webhook, StripeFaultPlan Faults);

    public static bool Wanted(string[] args) => args.Contains("--stripe", StringComparer.Ordinal);

    public static async Task<int> RunAsync(string[] args)
    {
        if (Read(args) is not { } arguments)
        {
            await Console.Error.WriteLineAsync(Usage);
            return BadArguments;
        }
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        await using var server = await StripeDouble.StartAsync(TimeProvider.System, arguments.Port, ct: stop.Token);
        server.Faults = arguments.Faults;
        Console.WriteLine($"Billing__Stripe__ApiBase={server.Address}");
        Console.WriteLine($"Billing__Stripe__SecretKey={server.Keys.SecretKey}");
        Console.WriteLine($"Billing__Stripe__WebhookSecret={server.Keys.WebhookSecret}");
        try
        {
            if (arguments.Webhook is { } endpoint)
                await new StripeWebhooks(server, TimeProvider.System).DeliverAsync(endpoint, stop.Token);
            else
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        return 0;
    }

    private static Arguments? Read(string[] args)
    {
        var read = new Arguments(0, null, StripeFaultPlan.None);
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i], i + 1 < args.Length ? args[i + 1] : null)
            {
                case ("--stripe", _):
                    break;
                case ("--port", { } text) when int.TryParse(text, CultureInfo.InvariantCulture, out int port):
                    read = read with { Port = port };
                    i++;
                    break;
                case ("--webhook", { } text) when Uri.TryCreate(text, UriKind.Absolute, out Uri? endpoint):
                    read = read with { Webhook = endpoint };
                    i++;
                    break;
                case ("--faults", { } text)
                    when text.Split(':') is [var seed, var rate]
                        && int.TryParse(seed, CultureInfo.InvariantCulture, out int number)
                        && double.TryParse(rate, CultureInfo.InvariantCulture, out double probability)
                        && probability is >= 0 and <= 1:
                    read = read with { Faults = StripeFaultPlan.Seeded(number, probability) };
                    i++;
                    break;
                default:
                    return null;
            }
        }
        return read;
    }
}
