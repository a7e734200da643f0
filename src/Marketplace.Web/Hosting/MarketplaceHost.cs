using Marketplace.Migrations;
using Marketplace.Platform.Postgres;
using Microsoft.Extensions.Options;

namespace Marketplace.Web.Hosting;

/// <summary>One start, one stop: settings, database, rooms, banner.</summary>
internal static class MarketplaceHost
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        using var loggers = LoggerFactory.Create(b =>
            b.AddConfiguration(builder.Configuration.GetSection("Logging")).AddSimpleConsole(c => c.SingleLine = true)
        );
        try
        {
            HostSettings settings = HostSettings.Read(builder.Configuration);
            var options = builder.Configuration.GetSection(PostgresOptions.Section).Get<PostgresOptions>() ?? new PostgresOptions();
            var valid = new PostgresOptionsValidator().Validate(null, options);
            if (valid.Failed)
                throw new OptionsException(valid.FailureMessage);
            await using var database = await MarketplaceDatabase.OpenAsync(options, loggers, CancellationToken.None);
            builder.AddMarketplace(settings, database);
            builder.WebHost.UseUrls($"http://{settings.Host}:{settings.Port}");
            await using var app = builder.Build();
            app.UseMarketplace();
            await FirstStart.EnsureAsync(app.Services, settings, CancellationToken.None);
            await app.StartAsync();
            await Banner.PrintAsync(app, settings, await FirstStart.OfferAsync(app.Services, settings, app.Lifetime.ApplicationStopping));
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception e) when (e is OptionsException or OptionsValidationException or PostgresUnavailableException or MigrationException)
        {
            // The message names the key or the program and the fix; a stack would hide it.
            await Console.Error.WriteLineAsync($"The marketplace cannot start: {e.Message}");
            return 2;
        }
    }
}
