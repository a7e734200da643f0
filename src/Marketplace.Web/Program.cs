using Marketplace.Web.Hosting;

int code = await MarketplaceHost.RunAsync(args);

// Everything is stopped and the database closed: a thread of a library that still waits for it must not keep the process.
Environment.Exit(code);
