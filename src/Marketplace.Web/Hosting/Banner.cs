using Marketplace.Web.Demo;

namespace Marketplace.Web.Hosting;

/// <summary>One URL and the demo sign-ins, printed when they work.</summary>
internal static class Banner
{
    public static async Task PrintAsync(WebApplication app, HostSettings settings)
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
        await Console.Out.WriteLineAsync("  Ctrl-C stops everything.");
        await Console.Out.FlushAsync();
    }
}
