/* A library that is unloaded while a thread that used it lives: what plugin hosts and Deno do. Prints "lived". */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

static void *library;
static sem_t used, unloaded;

static void *use(void *nothing) {
  void *(*open_reader)(const char *, const char *) = (void *(*)(const char *, const char *))dlsym(library, "arrayshm_open");
  /* An error, which the thread keeps until it ends. */
  if (open_reader("/nowhere", "nothing")) return nothing;
  sem_post(&used);
  sem_wait(&unloaded);
  return nothing;
}

int main(int argc, char **argv) {
  pthread_t thread;
  library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
  if (!library || sem_init(&used, 0, 0) || sem_init(&unloaded, 0, 0) || pthread_create(&thread, NULL, use, NULL)) return 1;
  sem_wait(&used);
  dlclose(library);
  sem_post(&unloaded);
  pthread_join(thread, NULL);
  puts("lived");
  return 0;
}
