using System.Globalization;
using Marketplace.Web.Demo;

namespace Marketplace.Web.Hosting;

/// <summary>One URL, the demo sign-ins, and the set-up address of an installation without a network desk, printed when they work.</summary>
internal static class Banner
{
    public static async Task PrintAsync(WebApplication app, HostSettings settings, (string Address, DateTimeOffset ExpiresAt)? setup)
    {
        if (settings.Demo && settings.IsWorker)
        {
            await Console.Out.WriteLineAsync("Preparing the demo network ...");
            var progress = app.Services.GetRequiredService<DemoProgress>();
            await Task.WhenAny(progress.Ready, app.WaitForShutdownAsync());
        }
        await Console.Out.WriteLineAsync($"\n  Compute Network    http://127.0.0.1:{settings.Port}\n");
        if (settings.Demo)
        {
            foreach (var (role, email) in DemoScript.SignIns)
                await Console.Out.WriteLineAsync($"  {role, -9} {email, -24} {DemoScript.Password}");
            await Console.Out.WriteLineAsync();
        }
        if (setup is { } first)
        {
            await Console.Out.WriteLineAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  There is no network desk yet. Set it up here; this works once, until {first.ExpiresAt:yyyy-MM-dd HH:mm} UTC:"
                )
            );
            await Console.Out.WriteLineAsync($"  {first.Address}\n");
        }
        await Console.Out.WriteLineAsync("  Ctrl-C stops everything.");
        await Console.Out.FlushAsync();
    }
}
