using Marketplace.Platform;
using Marketplace.Platform.Api;
using Marketplace.Web.Api;
using Marketplace.Web.Components;
using Marketplace.Web.Identity;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddPlatform();
builder.Services.AddIdentity(builder.Configuration);
builder.Services.AddApi(builder.Configuration);
builder.AddPortal();

var app = builder.Build();
app.UseApiProblems();
app.UsePortal();
app.UseApi();
app.MapIdentity();
app.MapApi();
app.MapPortal();
await app.RunAsync();
